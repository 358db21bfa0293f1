# vislearn's commands. `make` alone explains them. tools/bootstrap.sh does what they have in common:
# it finds Python, makes .venv, installs into it what is missing, and starts the rest of the line there.

.DEFAULT_GOAL := help
.PHONY: help lab update site stick test test-oldest test-newest test-gpu test-states mutants lessons data doctor bench constraints clean

define HELP
vislearn: a course in computer vision with torchvision.

  make lab           installs what is missing, builds the pictures once, opens JupyterLab at the map of lessons
      LESSON=01      opens this lesson instead
      IN=bn          in Bengali (en: English)
      PORT=9000      on this port instead of the first free one from 8888
      ARGS="..."     passed on to JupyterLab, for example ARGS="--no-browser"
                     what opens is your own copy, the folder my-lessons
  make update        brings the newest lessons into that copy; your answers, cells and notes stay
  make test          installs what is missing, a browser too, and runs every test: code, house rules, lessons,
                     browser
      ARGS="..."     passed on to pytest, for example ARGS="tests/io -x"; they need no browser then
      FULL=1         runs what passed here already, too
  make test-oldest   the same at the oldest versions that pyproject.toml allows, in .venv-oldest
  make test-newest   the same at the newest there are today, in .venv-newest
  make test-states   runs the notebooks with half of the exercises solved, then with wrong answers to all
  make mutants       makes small faults in a copy, one at a time, and tells which ones no test notices;
                     ARGS="--count 30 vislearn/io" for 30 in one room
  make test-gpu      runs the notebooks on the NVIDIA GPU, against the same stored outputs, and what only a GPU can test

  make doctor        looks at versions, device, data, disk and browser, and says what to do about each problem
  make data          builds the pictures that the lessons use
  make lessons       builds the notebooks from notebooks/source and runs them; ARGS="01" for one
  make stick         puts the course and all it needs on a USB stick: FOLDER=/media/stick/vislearn; from there
                     it installs without internet, on computers like this one
  make site          makes the lessons a web site, in the folder site
  make bench         times input pipeline, training loop, ops and COCO's scores against others, and the lessons
                     against their budgets
  make constraints   writes constraints.txt anew, at the newest versions
  make clean         removes each .venv and caches; your notebooks and data/ stay

For each of them:
      TORCH=cpu      the small build of PyTorch (0.4 GB to download); cu130 and the like: the one for this CUDA
                     (3.2 GB); default: the package index's own; remembered. Without TORCH the first call takes
                     the small one where there is no NVIDIA GPU, and TORCH=auto looks again
      PYTHON=/path   this Python (3.11 to 3.14) instead of the first suitable one
endef
export HELP

# Options given as `make lab PORT=9000`; quoted, for folders with spaces.
TORCH_OPTION := $(if $(TORCH),--torch "$(TORCH)")
LAB_OPTIONS := $(if $(LESSON),--lesson "$(LESSON)") $(if $(IN),--language "$(IN)") $(if $(PORT),--port "$(PORT)")
# exec: no shell stays between make and the program, so signals arrive.
START := exec sh tools/bootstrap.sh $(TORCH_OPTION)
SUITE := test python -m pytest -n 2 --dist loadfile $(ARGS)
export PYTHON
ifdef FULL
export VISLEARN_FULL := $(FULL)
endif

help:
	@echo "$$HELP"

lab:
	@$(START) lab vislearn lab $(LAB_OPTIONS) $(ARGS)

update:
	@$(START) lab vislearn update $(ARGS)

test:
	@$(START) $(SUITE)

# Each end with its end of the Pythons, where the machine has it. The oldest torch and safetensors describe their
# own types with gaps (no GradScaler, no memory_format), so mypy alone has nothing to say there.
test-oldest: SUITE += --deselect="tests/policy/test_style.py::test_linter_finds_nothing[types]"
test-oldest: export PREFERRED = python3.11
test-oldest:
	@$(START) --versions oldest $(SUITE)

test-newest: export PREFERRED = python3.14
test-newest:
	@$(START) --versions newest $(SUITE)

test-gpu:
	@VISLEARN_DEVICE=cuda $(START) test python -m pytest -n 2 --dist loadfile notebooks tests/training/test_compiled.py $(ARGS)

# Untouched and solved they are run by `make test`.
test-states:
	@for state in half-solved wrong; do \
	    (export VISLEARN_FULL=1 VISLEARN_ANSWERS=$$state; $(START) $(SUITE) notebooks) || exit; \
	done

mutants:
	@$(START) test python tools/mutants.py $(ARGS)

lessons:
	@$(START) test vislearn lessons build $(ARGS)

stick:
	@$(START) lab python tools/stick.py $(if $(FOLDER),"$(FOLDER)")

site:
	@$(START) test vislearn lessons site $(ARGS)

data:
	@$(START) lab vislearn data build $(ARGS)

doctor:
	@$(START) lab vislearn doctor $(ARGS)

bench:
	@for name in input_pipeline training_loop ops coco_eval; do \
	    sh tools/bootstrap.sh $(TORCH_OPTION) test python -m benchmarks.$$name $(ARGS) || exit 1; done
	@$(START) test python -m benchmarks.lessons

constraints:
	@$(START) test python tools/constraints.py

clean:
	rm -rf .venv .venv-oldest .venv-newest build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis .import_linter_cache
