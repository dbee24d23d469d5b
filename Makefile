# The commands a person types here. `make help` lists them.
#
# course   build, verify every chapter, render the site
# test     everything the tests need, then all tests
# check    every check by name; each also runs alone: lint imports tests chapters links docs wasm browser
# readers  other people's programs open what `nibble quantize` writes; pip installs them below .build
#
# SWIFT=…   another Swift compiler        PREFIX=… where `make install` puts things
# FORCE=1   run tests even if nothing changed since they passed

SWIFT  ?= swift
PREFIX ?= /usr/local
FORCE  ?=
SUDO   := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

BUILD   := .build/release
NIBBLE  := $(BUILD)/nibble
STAMPS  := .build/stamps
SOURCES := $(shell find Package.swift Sources -type f 2>/dev/null)
TESTED  := $(SOURCES) $(shell find Tests Chapters Datasets site -type f -not -path 'site/public/*' 2>/dev/null)

# One set of flags for building and for testing, so that neither recompiles the other's work.
FLAGS := -c release
PACKAGES := libopenblas-dev libcmark-dev

.DEFAULT_GOAL := help
.PHONY: help course test check lint imports tests chapters links docs wasm browser bench build install uninstall clean toolchain packages

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

# ---- What a newcomer needs -------------------------------------------------------------------

toolchain:
	@command -v $(SWIFT) >/dev/null 2>&1 || { \
	  echo "Nibble needs a Swift toolchain (6.2 or newer), and 'swift' is not on the PATH."; \
	  echo "Install one from https://www.swift.org/install/linux and run this again."; exit 69; }
	@v=$$($(SWIFT) --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\)\.\([0-9]*\).*/\1 \2/p' | head -n 1); \
	  set -- $$v; if [ -z "$$1" ] || [ "$$1" -lt 6 ] || { [ "$$1" -eq 6 ] && [ "$$2" -lt 2 ]; }; then \
	  echo "Nibble needs Swift 6.2 or newer; '$(SWIFT) --version' says $${1:-?}.$${2:-?}."; \
	  echo "Install one from https://www.swift.org/install/linux and run this again."; exit 69; fi

packages:
	@missing=; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	  [ -z "$$missing" ] && exit 0; \
	  command -v apt-get >/dev/null 2>&1 || { \
	    echo "Nibble needs the development files of OpenBLAS and cmark ($(PACKAGES) on Debian);"; \
	    echo "this machine has no apt-get, so install them by its own means and run this again."; exit 69; }; \
	  if [ -n "$(SUDO)" ] && ! command -v sudo >/dev/null 2>&1; then \
	    echo "Nibble needs these system packages:$$missing. Ask an administrator to install them."; exit 69; fi; \
	  echo "Installing system packages:$$missing$(if $(SUDO), (sudo may ask for your password))"; \
	  $(SUDO) apt-get update -qq && \
	  $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq $$missing >/dev/null || { \
	    echo "Could not install$$missing; see the messages above."; exit 69; }

$(STAMPS):
	@mkdir -p $@

$(STAMPS)/build: $(SOURCES) | toolchain packages $(STAMPS)
	@echo "Building Nibble (release)"
	@$(SWIFT) build $(FLAGS)
	@touch $@

build: $(STAMPS)/build

# ---- The two commands ------------------------------------------------------------------------

course: build
	@$(NIBBLE) verify
	@$(NIBBLE) site
	@echo
	@echo "The site is in site/public; open site/public/index.html."
	@echo "Start learning: $(NIBBLE) learn 1"

test: tests

# ---- Every check, by name --------------------------------------------------------------------

check: lint imports tests chapters links docs wasm browser
	@echo "Every check passed: lint imports tests chapters links docs wasm browser"

lint: toolchain
	@echo "lint: swift format --strict"
	@$(SWIFT) format lint --strict --recursive --parallel Sources Tests Package.swift

# SwiftPM's own check passes an undeclared import of a module further down; the test reads every file.
imports: toolchain packages
	@echo "imports: every module declares what it imports, and imports what it declares"
	@$(SWIFT) build $(FLAGS) --build-tests --explicit-target-dependency-import-check error
	@$(SWIFT) test $(FLAGS) --disable-testable-imports --skip-build --filter ArchitectureTests

# What failed is told where it happened, among ten thousand lines; here it is told again at the end.
define run_tests
@log=$(STAMPS)/tests.log; status=$(STAMPS)/tests.status; echo 'not run' >$$status; \
  { $(SWIFT) test $(FLAGS) --disable-testable-imports --skip-build $(1) 2>&1; echo $$? >$$status; } | tee $$log; \
  [ "$$(cat $$status)" = 0 ] || { echo; echo "tests: what failed ($$log has the rest)"; \
    grep -F -A 4 -e '✘' -e 'error: Exited' $$log | cut -c 1-1000 | head -n 200; exit 1; }
endef

tests: $(STAMPS)/tests
	@echo "tests: all passed"

ifneq ($(FORCE),)
.PHONY: $(STAMPS)/tests
endif
$(STAMPS)/tests: $(TESTED) | build
	@echo "tests: building"
	@$(SWIFT) build $(FLAGS) --build-tests
	@echo "tests: running"
	$(call run_tests,)
	@echo "tests: running those that measure time, alone"
	$(call run_tests,--filter LoadTestingTests)
	@touch $@

chapters: build
	@echo "chapters: nibble verify"
	@$(NIBBLE) verify

links: build
	@echo "links: every internal link and anchor of the site"
	@$(NIBBLE) verify >/dev/null && $(NIBBLE) site --check-links

# DocC fails on a link to a symbol that does not exist, and proposes the right name.
DOCUMENTED := Grids Tensors Quantization Tokenizers Corpora Training Models Pipelines StepRecords Course Terminal Site Serving Digests Fetching LoadTesting
docs: build
	@echo "docs: every symbol link resolves"
	@rm -rf .build/docs; \
	  tools=$$($(SWIFT)c -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)\/lib\/swift".*/\1\/bin/p'); \
	  target=$$($(SWIFT)c -print-target-info | sed -n 's/.*"triple": "\(.*\)",/\1/p' | head -n 1); \
	  mkdir -p .build/docs; for m in COpenBLAS CKernels CCMark CYaml CSystemLinux _NumericsShims; do \
	    echo "module $$m {}"; done > .build/docs/shims.modulemap; \
	  for module in $(DOCUMENTED); do \
	    graph=.build/docs/$$module/symbols; mkdir -p $$graph; \
	    $$tools/swift-symbolgraph-extract -module-name $$module -target $$target -I $(BUILD)/Modules -Xcc -fmodule-map-file=.build/docs/shims.modulemap \
	      -minimum-access-level public -omit-extension-block-symbols -output-dir $$graph || exit 1; \
	    $$tools/docc convert $$(find Sources/$$module -name '*.docc') --additional-symbol-graph-dir $$graph \
	      --fallback-display-name $$module --fallback-bundle-identifier nibble.$$module \
	      --warnings-as-errors --output-path .build/docs/$$module/archive >.build/docs/$$module/log 2>&1 || { \
	      cat .build/docs/$$module/log; exit 1; }; \
	  done

# The number formats run in the site's widgets too: the same sources, for wasm32, without a runtime.
wasm: toolchain
	@echo "wasm: Grids compiles and links with Embedded Swift for wasm32"
	@mkdir -p .build/wasm
	@swiftc -enable-experimental-feature Embedded -target wasm32-unknown-none-wasm -wmo \
	  -parse-as-library -Osize -swift-version 6 -warnings-as-errors -module-name Grids -c \
	  -o .build/wasm/widget.o $$(find Sources/Grids -name '*.swift') site/widgets/fakequant.swift
	@tools=$$(swiftc -print-target-info | sed -n 's/.*"runtimeResourcePath": "\(.*\)\/lib\/swift".*/\1\/bin/p'); \
	  $$tools/clang --target=wasm32 -O2 -ffreestanding -fno-builtin -c -o .build/wasm/runtime.o \
	    site/widgets/runtime.c && \
	  $$tools/wasm-ld --no-entry --gc-sections --strip-all -o .build/wasm/widget.wasm \
	    .build/wasm/widget.o .build/wasm/runtime.o --export=fakeQuantize --export=gridScale \
	    --export=gridZeroPoint --export=floatRoundTrip --export=codebookRoundTrip --export=quantile

# Every page in a headless Chromium without a network; says so and passes where there is no Chromium.
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
browser: build
	@echo "browser: every page in headless Chromium, with the network off"
	@$(NIBBLE) verify >/dev/null && $(NIBBLE) site >/dev/null
	@$(PYTHON) -B Tests/Browser/check_site.py site/public --self-test --nibble $(NIBBLE)

# What `nibble quantize` writes, in other people's readers; says so and passes where pip cannot install them.
.PHONY: readers
readers: build
	@echo "readers: gguf and transformers open what nibble quantize writes"
	@Tests/Goldens/readers/check.sh $(NIBBLE)

bench: build
	@$(NIBBLE) bench

# ---- Installing ------------------------------------------------------------------------------

# bin/nibble, lib/nibble (what chapters link), share/nibble (course, datasets, theme).
LIBRARY := $(DESTDIR)$(PREFIX)/lib/nibble
SHARE   := $(DESTDIR)$(PREFIX)/share/nibble
install: build
	@install -d $(DESTDIR)$(PREFIX)/bin $(LIBRARY)/modules $(LIBRARY)/include $(SHARE)
	@install -m 755 $(NIBBLE) $(DESTDIR)$(PREFIX)/bin/nibble
	@install -m 755 $(BUILD)/libNibble.so $(LIBRARY)/
	@for m in Grids Tensors Quantization Tokenizers Corpora Training Models Pipelines StepRecords Nibble; do \
	  install -m 644 $(BUILD)/Modules/$$m.swiftmodule $(LIBRARY)/modules/; done
	@for m in COpenBLAS CKernels; do printf 'module %s {}\n' $$m; done > $(LIBRARY)/include/engine.modulemap
	@rm -rf $(SHARE)/Chapters $(SHARE)/Datasets $(SHARE)/site
	@cp -R Chapters Datasets $(SHARE)/
	@mkdir -p $(SHARE)/site && (cd site && tar cf - --exclude=./public .) | tar xf - -C $(SHARE)/site
	@echo "Installed $(DESTDIR)$(PREFIX)/bin/nibble; try: nibble learn 1"

uninstall:
	rm -rf $(DESTDIR)$(PREFIX)/bin/nibble $(LIBRARY) $(SHARE)

clean:
	rm -rf .build site/public
