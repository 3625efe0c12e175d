PYTHON ?= .venv/bin/python

.venv:
	python3 -m venv .venv

.PHONY: install lint test facts benchmark parity figures docs coverage

install: .venv
	$(PYTHON) -m pip install -e '.[test]'

lint:
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

test:
	$(PYTHON) -m pytest

facts:
	$(PYTHON) -m pytest --facts -q

benchmark:
	$(PYTHON) tests/benchmarks/spine.py
	$(PYTHON) tests/benchmarks/neurons.py
	$(PYTHON) tests/benchmarks/sweep.py
	$(PYTHON) tests/benchmarks/scaling.py
	$(PYTHON) tests/benchmarks/recovery.py
	$(PYTHON) tests/benchmarks/density.py
	$(PYTHON) tests/benchmarks/resume.py
	$(PYTHON) tests/benchmarks/long_recording.py
	$(PYTHON) tests/benchmarks/peers.py
	$(PYTHON) tests/benchmarks/choices.py

parity:
	$(PYTHON) -m pip install -e '.[test,parity]'
	$(PYTHON) -m pytest tests/test_parity*.py -s

figures:
	$(PYTHON) -m sigdelta.cli figure --all -o docs

docs:
	$(PYTHON) -m pip install -q -e '.[docs]'
	$(PYTHON) -m sphinx -W --keep-going -b html docs docs/_build/html

coverage:
	NUMBA_DISABLE_JIT=1 $(PYTHON) -m pytest tests/test_encoding.py tests/test_decoding.py tests/test_clocked.py tests/test_measures.py \
		--cov=sigdelta --cov-report=term-missing
