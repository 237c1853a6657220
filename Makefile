# The commands a user needs: make demo, make test. Both install what is missing first.

PREP = .build/release/prep
DEMO = demo
SWIFT_BUILD = swift build -c release

.PHONY: demo test build dependencies lint format bench clean

build: dependencies
	$(SWIFT_BUILD) --product prep

# Prepares the fixtures, inspects and verifies the results.
demo: build
	scripts/demo $(PREP) $(DEMO)

# Swift tests in a release build, then Python reading what prep wrote. With PREP_REAL_DATA=DIR the
# tests on the real Kaggle archive and MNIST run too.
test: dependencies
	$(SWIFT_BUILD) --build-tests -Xswiftc -enable-testing
	swift test -c release --skip-build -Xswiftc -enable-testing
	scripts/test-python $(PREP)

dependencies:
	@scripts/install-dependencies

lint:
	swift format lint --strict --recursive --parallel Package.swift Sources Tests

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

# Speed beside the usual tools, as ratios in one run.
bench: build
	python3 Benchmarks/prepare.py

clean:
	rm -rf .build $(DEMO)
