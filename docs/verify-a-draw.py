"""python verify-a-draw.py population.csv reveal.json: draws again what was drawn, and says whether it is the same."""

import csv, hashlib, json, sys  # noqa: E401, I001
from pathlib import Path


def sha(*parts):
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


raw, said = Path(sys.argv[1]).read_bytes(), json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
design, nonce, rows = said["design"], said["nonce"], list(csv.DictReader(raw.decode().splitlines()))
written = json.dumps(design, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
checksum, seed = hashlib.sha256(raw).hexdigest(), sha(nonce, said["outside_value"])
promised = sha(checksum, written, said["outside_name"], said["outside_day"], nonce) == said["commitment"]
stage = {"simple": lambda r: "", "stratified": lambda r: r["stratum"]}.get(design["method"], lambda r: r["cluster"])
groups = {name: [row["id"] for row in rows if stage(row) == name] for name in set(map(stage, rows))}
if design["method"] == "two_stage_pps":
    line = [name for name in sorted(groups) for _ in groups[name]]  # every station once, cluster by cluster
    points = [int(sha(seed, "pps", str(j)), 16) * len(line) >> 256 for j in range(1, design["clusters"] + 1)]
    picks = [(f"{j}:{line[at]}", line[at], design["each"], f"{seed}\n{j}") for j, at in enumerate(points, 1)]
else:
    first = sorted(groups, key=lambda c: sha(seed, "cluster", c))[: design.get("clusters") or None]
    picks = [(g, g, design.get("each") or design.get("n") or design["take"][g], seed) for g in first]
drawn = []
for part, group, n, key in picks:
    drawn += [[part, i] for i in sorted(groups[group], key=lambda i: sha(key, i))[:n]]
same = checksum == said["checksum"] and promised and sorted(drawn) == said["drawn"]
print("\n".join("\t".join(one) for one in sorted(drawn)), "\n", "一致 same" if same else "不一致 DIFFERENT")  # noqa: T201
sys.exit(0 if same else 1)
