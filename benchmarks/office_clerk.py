"""A signed-in township clerk for locust: looks at pages as in a day's work, 3 to 7 seconds between clicks."""

import itertools
import json
import os
import random
import re
from pathlib import Path

from locust import HttpUser, between, task

PASSWORD = os.environ["QINGXI_LOAD_PASSWORD"]
CLERKS = int(os.environ["QINGXI_LOAD_CLERKS"])
COOKIES = Path(os.environ["QINGXI_LOAD_COOKIES"])
_number = itertools.count()


class Clerk(HttpUser):
    wait_time = between(3, 7)

    def on_start(self) -> None:
        name = f"clerk{next(_number) % CLERKS:02d}"
        self.dice = random.Random(name)
        self.seen: dict[str, list[str]] = {}
        kept = COOKIES / f"{name}.json"
        if kept.is_file():  # signed in during the warm-up: a clerk signs in once a morning
            self.client.cookies.update(json.loads(kept.read_text()))
            return
        self._sign_in(name)
        kept.write_text(json.dumps(self.client.cookies.get_dict()))

    def _sign_in(self, name: str) -> None:
        page = self.client.get("/sign-in/", name="sign in")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        assert token is not None
        done = self.client.post(
            "/sign-in/",
            {"username": name, "password": PASSWORD, "csrfmiddlewaretoken": token[1]},
            headers={"Referer": f"{self.host}/sign-in/"},
            name="sign in",
        )
        assert done.url.rstrip("/") == str(self.host).rstrip("/"), f"{name} could not sign in: {done.url}"

    def _list(self, address: str, name: str, pattern: str, **words: str) -> None:
        page = self.client.get(address, params=words, name=name)
        if found := re.findall(pattern, page.text):
            self.seen[name] = found

    def _one(self, of: str, name: str) -> None:
        if self.seen.get(of):
            self.client.get(self.dice.choice(self.seen[of]), name=name)

    @task(4)
    def home(self) -> None:
        self.client.get("/", name="home")

    @task(3)
    def villages(self) -> None:
        self._list("/villages/", "villages", r'href="(/villages/\d{12}/)"')

    @task(4)
    def village(self) -> None:
        if "villages" not in self.seen:
            return self.villages()
        return self._one("villages", "village")

    @task(3)
    def facilities(self) -> None:
        self._list("/facilities/", "facilities", r'href="(/facilities/QX-\d+/)"')

    @task(4)
    def facility(self) -> None:
        if "facilities" not in self.seen:
            return self.facilities()
        return self._one("facilities", "facility")

    @task(4)
    def issues(self) -> None:
        self._list("/issues/", "issues", r'href="(/issues/WT-[\d-]+/)"')

    @task(4)
    def issue(self) -> None:
        if "issues" not in self.seen:
            return self.issues()
        return self._one("issues", "issue")

    @task(3)
    def search(self) -> None:
        self.client.get(
            "/search/", params={"q": self.dice.choice(["红岩", "hyc", "999901", "站", "QX-0"])}, name="search"
        )

    @task(1)
    def plan(self) -> None:
        self.client.get("/plan/", name="plan")

    @task(1)
    def map(self) -> None:
        self.client.get("/geo/county.json", name="map of the county")

    @task(1)
    def hub(self) -> None:
        self.client.get("/office/", name="office")

    @task(1)
    def duties(self) -> None:
        self.client.get("/duties/", name="duties")

    @task(1)
    def meetings(self) -> None:
        self.client.get("/meetings/", name="meetings")

    @task(1)
    def households(self) -> None:
        self.client.get("/households/", name="households")

    @task(1)
    def notices(self) -> None:
        self.client.get("/notices/", name="notices")

    @task(2)
    def returns(self) -> None:
        self._list("/returns/", "returns", r'href="(/returns/[a-z_]+-[\w-]+/)"')

    @task(2)
    def one_return(self) -> None:
        if "returns" not in self.seen:
            return self.returns()
        return self._one("returns", "one return")

    @task(1)
    def figures(self) -> None:
        self._list("/figures/", "figures", r'href="(/figures/\d+/)"')

    @task(1)
    def figure(self) -> None:
        if "figures" not in self.seen:
            return self.figures()
        return self._one("figures", "figure")

    @task(1)
    def samples(self) -> None:
        self.client.get("/samples/", name="samples")

    @task(1)
    def appraisals(self) -> None:
        self.client.get("/appraisals/", name="appraisals")

    @task(1)
    def together(self) -> None:
        self.client.get("/coordination/", name="coordination")

    @task(1)
    def bulletins(self) -> None:
        self.client.get("/bulletins/", name="bulletins")
