# The commands a user needs: make demo, make test. Both install missing libraries first.

PREP = .build/release/prep
DEMO = demo
SWIFT_BUILD = swift build -c release
# On Linux, program and library carry the Swift runtime, so that they run on machines without a toolchain. The library
# shows the functions of prep.h alone.
ifeq ($(shell uname),Linux)
RELEASE_FLAGS = -Xswiftc -static-stdlib
LIBRARY_FLAGS = -Xlinker --version-script=$(CURDIR)/Sources/CPrep/exports.map -Xlinker --gc-sections -Xlinker --strip-all
endif
LIBRARY = .build/release/libprep.so
# Tests use internal declarations, which needs other flags; a build folder of their own avoids rebuilding everything.
TEST_FLAGS = --scratch-path .build/tests -Xswiftc -enable-testing
# Long tests that only compute, or repeat with real data what others do, have nothing to show a sanitizer.
LONG = RealDataTests|MNISTProcedureTests|GroupTests|SplitTableTests|PlanTests|ReproducibilityTests/mangled|FaultTests/lasting
# Tests of Pipeline that say nothing about threads.
SERIAL = FaultTests|ConfigurationTests|OverrideTests|MNISTShapeTests|GivenSplitTests|QualityTests|PixelSurveyTests|ComparisonTests
# What is computed with vectors, for processors without AVX-512.
VECTORS = TrainingTests.(Kernel|Layer|Winograd|Whitening|Optimizer|Trajectory|Run)Tests|AffineTests
MEMORY = prep DatasetTests StorageTests ImagingTests IngestTests ShardsTests PipelineTests LoaderTests TrainingTests
THREADS = ParallelTests LoaderTests PipelineTests
LEAKS = LSAN_OPTIONS=suppressions=$(CURDIR)/Tests/lsan-suppressions.txt:print_suppressions=0
# The fuzz targets share this build.
SANITIZE_MEMORY = $$(cat scripts/sanitizer-flags) --scratch-path .build/asan
SANITIZE_THREADS = -c release -Xswiftc -enable-testing --sanitize thread --scratch-path .build/tsan

.PHONY: demo test test-swift test-python tests figures docs library wheel install release sanitize sanitize-memory sanitize-threads build dependencies lint format bench clean

build: dependencies
	$(SWIFT_BUILD) $(RELEASE_FLAGS) --product prep

# libprep.so, for C (Sources/CPrep/include/prep.h) and Python.
library: dependencies
	$(SWIFT_BUILD) $(RELEASE_FLAGS) $(LIBRARY_FLAGS) --product PrepC
	cp .build/release/libPrepC.so $(LIBRARY).new
	mv -f $(LIBRARY).new $(LIBRARY) # processes that use the old one keep it

# A wheel that needs neither Swift nor system libraries, for Linux with this glibc or a later one.
wheel: library
	scripts/wheel $(LIBRARY)

# The program with man pages and completions.
PREFIX = /usr/local
install: build
	scripts/install $(PREP) "$(DESTDIR)$(PREFIX)"

# What is given to others: a program that needs glibc alone, the wheel, and checksums.
release: wheel
	scripts/release $(RELEASE_FLAGS)

# Prepares the fixtures, inspects and verifies the resulting datasets, and trains a model.
demo: build
	scripts/demo $(PREP) $(DEMO)

# The program and the tests, in a build folder of their own. With -j2, the library is built meanwhile.
tests: dependencies
	$(SWIFT_BUILD) $(TEST_FLAGS) --build-tests

# Everything that is tested, in one release build. With PREP_REAL_DATA=DIR, tests on the real Kaggle archive and MNIST run too. With
# -j2, Python's tests run beside Swift's.
test: test-swift test-python

# Swift tests, once more without AVX-512 where that matters, and the snippets of README and docs.
test-swift: tests
	scripts/swift-test -c release $(TEST_FLAGS) --skip-build
	PREP_CPU=avx2 scripts/swift-test -c release $(TEST_FLAGS) --skip-build --filter "$(VECTORS)"
	scripts/test-snippets .build/tests/release/prep $(TEST_FLAGS)

# Python tests, which read what prep wrote, and the examples.
test-python: tests library
	scripts/test-python .build/tests/release/prep $(LIBRARY)
	scripts/test-examples .build/tests/release/prep $(LIBRARY)

# Tests of code that reads files, under the address and undefined-behaviour sanitizers; tests of code with threads,
# under the thread sanitizer. Each has a build folder of its own.
sanitize: sanitize-memory sanitize-threads

# Whole runs of the program follow, because a leak shows at the end of a process.
sanitize-memory: dependencies
	PREP_ONLY="$(MEMORY)" swift build $(SANITIZE_MEMORY) --build-tests
	PREP_ONLY="$(MEMORY)" $(LEAKS) scripts/swift-test $(SANITIZE_MEMORY) --skip-build --skip "$(LONG)" \
		--filter "DatasetTests|StorageTests|ImagingTests|IngestTests|ShardsTests|PipelineTests|LoaderTests|RunFailureTests|ModelFileTests"
	$(LEAKS) scripts/demo .build/asan/release/prep .build/asan/demo

sanitize-threads: dependencies
	PREP_ONLY="$(THREADS)" TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/tsan-suppressions.txt scripts/swift-test $(SANITIZE_THREADS) --skip "$(SERIAL)|$(LONG)"

# The pictures in docs/figures.
figures: build
	test -x .build/figures/bin/python || python3 -m venv .build/figures
	.build/figures/bin/python -m pip install --quiet numpy pillow playwright rich safetensors zstandard
	.build/figures/bin/python scripts/figures $(PREP)

# The libraries' documentation, as a site in .build/documentation.
docs: dependencies
	PREP_DOCS=1 swift package --scratch-path .build/docs --allow-writing-to-directory .build/documentation \
		generate-documentation --target Pipeline --target Shards --target Loader --target Training \
		--enable-experimental-combined-documentation --output-path .build/documentation

dependencies:
	@scripts/install-dependencies

# Checks the code style, and that no module imports one that comes later in the flow.
lint:
	swift format lint --strict --recursive --parallel Package.swift Plugins Sources Tests
	scripts/architecture --check

format:
	swift format --in-place --recursive --parallel Package.swift Plugins Sources Tests

# Speed compared with the usual tools, in one table: BENCH_FLAGS="--json new.json --compare old.json".
bench: build library
	python3 Benchmarks/all.py $(BENCH_FLAGS)

clean:
	rm -rf .build $(DEMO)
