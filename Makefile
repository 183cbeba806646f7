# Needs Python 3.10 or newer and make; everything else is installed into .venv.
PYTHON ?= python3
BIN = .venv/bin
IN_TWO = $(BIN)/python -W error -m pytest --tx '2*popen//python=$(BIN)/python -W error'
# What the tests run in a browser, and pyright, come from npm; without it they are left out, and named.
NODE = $(if $(shell command -v npm),.venv/node/ready)
# Fields of records that no page sees: esbuild shortens their names.
FIELDS = ^(args|asked|away|copied|isKept|isStarted|last|loginId|phase|stage|tick|wall)$$
ESBUILD = .venv/node/node_modules/.bin/esbuild --minify --charset=utf8 --log-level=warning
# It finds a thirtieth more than esbuild does. What is switched off makes the text shorter, but what
# gzip makes of it longer.
SHORTER = passes=5,conditionals=false,if_return=false,lhs_constants=false
TERSER = .venv/node/node_modules/.bin/terser --toplevel --ecma 2022 --compress $(SHORTER) --mangle

.PHONY: matrix dist sbom audit demo demo-django demo-fastapi test test-quick compat soak lint bench bench-floor bench-million bench-scale assets catalogues screenshots clean

demo: .venv/demo
	$(BIN)/python -m demo_flask

demo-django: .venv/demo
	$(BIN)/python -m demo_django

demo-fastapi: .venv/demo
	$(BIN)/python -m demo_fastapi

# In two processes; the races come last, each of which takes both. It holds on a busy machine.
# In the order of names the files that take long, with few tests each, come before many short ones.
test: .venv/test $(NODE)
	$(IN_TWO) --dist loadfile --no-loadscope-reorder -m 'not race' $(PYTEST_ARGS)
	$(IN_TWO) --dist load -m race $(PYTEST_ARGS)

test-quick: .venv/test $(NODE)
	$(IN_TWO) --dist loadfile -m 'not slow' $(PYTEST_ARGS)

# Other projects' own tests, with and without session440: docs/compat.md.
compat: .venv/demo
	$(BIN)/python -m compat $(COMPAT_ARGS)

# What counts seconds, and therefore wants the machine to itself: it is no part of the tests.
soak: .venv/test
	$(BIN)/python -W error -m pytest tests/soak_*.py $(PYTEST_ARGS)

lint: .venv/lint
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The tests on each version of Python, Flask and Django that this machine has: noxfile.py.
matrix: .venv/release
	$(BIN)/nox $(NOX_ARGS)

# The files of a release, built twice, compared and checked: CONTRIBUTING.md.
dist: .venv/release
	$(BIN)/python -m release

# What it depends on (CycloneDX), and what is known of that: both look at an environment that has
# the newest of each and nothing else.
sbom: .venv/release .venv/plain
	mkdir -p dist
	$(BIN)/cyclonedx-py environment --output-reproducible --pyproject pyproject.toml \
		--output-file dist/session440.cdx.json .venv/plain

audit: .venv/release .venv/plain
	mkdir -p build
	$(BIN)/python -m pip --python .venv/plain freeze --exclude session440 > build/audited.txt
	$(BIN)/pip-audit --strict --no-deps --disable-pip --requirement build/audited.txt

# What a request costs, beside the peers: docs/performance.md. In ten minutes, on two cores.
bench: .venv/bench
	$(BIN)/python -m bench $(BENCH_ARGS)

bench-floor: .venv/demo
	$(BIN)/python -m bench.floor

bench-million: .venv/test
	$(BIN)/python -m bench.million

# With SCALE_ARGS=--write-docs its tables go into docs/scale.md.
bench-scale: .venv/test
	$(BIN)/python -m bench.scale $(SCALE_ARGS)

# Bundles the script and the style sheet from session440/http/client. The result is committed, so
# that to install it needs no node; a test compares the two.
SERVED = session440/http
assets: .venv/node/ready
	$(ESBUILD) session440/http/client/boot.js --bundle --format=iife --target=es2022 \
		--mangle-props='$(FIELDS)' | $(TERSER) --output $(SERVED)/client.js
	$(ESBUILD) session440/http/client/dialogs.js --bundle --format=esm --target=es2022 \
		--outfile=$(SERVED)/dialogs.js
	$(ESBUILD) session440/http/client/live.js --bundle --format=esm --target=es2022 \
		--outfile=$(SERVED)/live.js
	$(ESBUILD) session440/http/client/client.css --outfile=$(SERVED)/client.css

# Takes the messages of words.py into the catalogues, where new ones await their translation.
# No date or tool of the day is written down: a catalogue that did not change stays as it is.
catalogues: .venv/lint
	mkdir -p build
	$(BIN)/pybabel -q extract --keywords _n:1,2 --no-location --output build/session440.pot \
		session440/http/words.py
	$(BIN)/pybabel -q update --domain session440 --output-dir session440/http/locale --width 100 \
		--input-file build/session440.pot --ignore-pot-creation-date --ignore-obsolete \
		--no-fuzzy-matching
	sed -i.bak -e '/^"Generated-By: /d' -e 's/^"Project-Id-Version:  */"Project-Id-Version: /' \
		session440/http/locale/*/LC_MESSAGES/session440.po
	rm session440/http/locale/*/LC_MESSAGES/*.bak
	$(BIN)/pybabel -q compile --domain session440 --directory session440/http/locale

# Looks at the Flask demo with Debian's Chromium.
screenshots: .venv/test
	$(BIN)/python -m docs.screenshots

# The pages as a site, in build/docs. It fetches nothing; each warning is an error.
.PHONY: docs
docs: .venv/docs
	$(BIN)/sphinx-build -W --keep-going -n -q -d build/doctrees docs build/docs
	@echo "open build/docs/index.html"

.venv/docs: .venv/demo
	$(BIN)/python -m pip install --quiet --group docs
	touch $@

clean:
	rm -rf .venv build dist *.egg-info

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/demo: .venv/bin/python pyproject.toml setup.cfg
	$(BIN)/python -m pip install --quiet --editable '.[flask,django,fastapi,cli]' --group demo
	touch $@

.venv/bench: .venv/demo
	$(BIN)/python -m pip install --quiet --group bench
	touch $@

.venv/test: .venv/demo
	$(BIN)/python -m pip install --quiet --group test
# Not beside the others: its plugin for pytest warns as it is loaded, which is an error here.
	$(BIN)/python -m pip install --quiet --upgrade --target .venv/dash 'dash>=3'
	touch $@

.venv/node/ready: Makefile
	npm install --silent --no-save --no-package-lock --no-audit --no-fund --prefix .venv/node \
		axe-core@4 htmx.org@2 pyright@1 esbuild@0.28.2 typescript@7 \
		terser@5 puppeteer-core@25 axios@1 jquery@4 react@19 react-dom@19 @hotwired/turbo@8 \
		socket.io-client@4
	touch $@

.venv/release: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --group release
	touch $@

.venv/plain: .venv/bin/python pyproject.toml setup.cfg
	rm -rf $@
	$(PYTHON) -m venv --without-pip $@
	$(BIN)/python -m pip --python $@ install --quiet '.[flask,django,redis,sql,asgi,cli,metrics,oidc]'

.venv/lint: .venv/test
	$(BIN)/python -m pip install --quiet --group lint
	touch $@
