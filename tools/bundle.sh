#!/bin/sh
# Packs what a machine without a network needs to install an office: wheels by the hashed lock, the program, deploy/.
# Run on the same system and processor as the office's machine. The answer is dist/qingxi-VERSION.tar.
set -eu
cd "$(dirname "$0")/.."
python=${1:-.venv/bin/python}
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
out=dist/qingxi-$version
rm -rf "$out" && mkdir -p "$out/wheels"
"$python" -m pip --disable-pip-version-check download --quiet --require-hashes --only-binary=:all: --dest "$out/wheels" -r requirements.lock
"$python" -m pip --disable-pip-version-check wheel --quiet --no-deps --no-build-isolation --wheel-dir "$out/wheels" .
cp -r deploy "$out/deploy"
mkdir "$out/docs" && cp docs/install.md docs/install.en.md "$out/docs/"
cp requirements.lock LICENSE CHANGELOG.md "$out/"
tar -C dist -cf "$out.tar" "qingxi-$version"
(cd dist && sha256sum "qingxi-$version.tar" > "qingxi-$version.tar.sha256")
echo "$out.tar"
