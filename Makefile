# crashq: one makefile, no recursion.
#   make            build ./crashq            make demo       set up, build, run the main job
#   make test       set up, run all tests     make bench      measure (never timed tests)
#   make mutants    cut the safety net        make fuzz       60 s for each parser
# Knobs
MODE    ?= release# release | debug | san (fuzz: what `make fuzz` builds with)
SAN     ?= 0#      1: the same as MODE=san
CC      ?= gcc
EXTRA   ?=#        more compiler flags, e.g. EXTRA='-O3 -march=native'
LTO     ?= 1#      0: the release program is not optimised across files (gcc): it links in a second and runs a fifth slower
V       ?= 0

ifeq ($(origin CC),default)
CC := gcc
endif
MODE := $(strip $(MODE))
ifeq ($(strip $(SAN)),1)
MODE := san
endif
BUILD ?= build/$(MODE)

CFLAGS_release := -O2 -g
CFLAGS_debug   := -O0 -g3
CFLAGS_san     := -O1 -g3 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
LDFLAGS_san    := -fsanitize=address,undefined
CFLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined
LDFLAGS_fuzz   := -fsanitize=fuzzer,address,undefined

# Objects serve both links: the program's goes across files, a test's (there are a hundred) does not.
LTO_APART := -fno-lto
LTO_LINK  := $(LTO_APART)
ifeq ($(MODE)-$(strip $(LTO))-$(findstring gcc,$(CC)),release-1-gcc)
LTO_COMPILE := -flto -ffat-lto-objects
LTO_LINK    := -flto=auto -Wno-maybe-uninitialized
endif

WARN   := -Wall -Wextra -Wconversion -Wshadow -Werror
CFLAGS := -std=c11 -ffp-contract=off $(WARN) $(CFLAGS_$(MODE)) $(strip $(EXTRA))
CPPFLAGS := -I. -D_GNU_SOURCE
LDFLAGS := $(LDFLAGS_$(MODE))

# Rooms: an archive each, in link order. Only the rooms outside the pure zone see glib and friends.
PURE  := models/base models/detector models/broker models/client models/oracle sim/world sim/timed sim/check
HOSTED := sim/plan analysis sim/cli
LIBS_HOSTED := glib-2.0 gsl yaml-0.1
LIBS_TESTS  := cmocka

PKG_CFLAGS = $(shell pkg-config --cflags $(LIBS_HOSTED) 2>/dev/null)
PKG_LIBS   = $(shell pkg-config --libs $(LIBS_HOSTED) 2>/dev/null)
TEST_LIBS  = $(shell pkg-config --libs $(LIBS_TESTS) 2>/dev/null)

# ---- nothing below here needs an edit to add a file ----

SRC  = $(wildcard $(1)/*.c)
OBJ  = $(patsubst %.c,$(BUILD)/%.o,$(call SRC,$(1)))
LIB  = $(BUILD)/lib$(subst /,_,$(1)).a
ROOMS := $(HOSTED) $(PURE)
LINK_ORDER := sim/cli analysis sim/plan sim/check sim/timed sim/world models/oracle models/client models/broker models/detector models/base
ARCHIVES := $(foreach room,$(LINK_ORDER),$(if $(call SRC,$(room)),$(call LIB,$(room))))

TESTS   := $(wildcard tests/*/test_*.c)
TEST_BINS := $(patsubst tests/%.c,$(BUILD)/tests/%,$(TESTS))
BENCHES := $(patsubst tests/bench/%.c,$(BUILD)/tests/bench/%,$(wildcard tests/bench/bench_*.c))
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
SUPPORT_OBJ := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/support/*.c)) $(BUILD)/sim/cli/host.o

.DEFAULT_GOAL := all
.PHONY: all crashq tests fuzzers setup test demo bench mutants fuzz clean format
.PRECIOUS: $(BUILD)/%.o
.DELETE_ON_ERROR:

all: crashq
crashq: $(BUILD)/crashq # of the mode asked for now, whatever was built before
	@cmp -s $< $@ || cp -f $< $@
tests: $(TEST_BINS)
fuzzers: $(FUZZERS)

define archive
$(call LIB,$(1)): $(call OBJ,$(1))
	@rm -f $$@
	$$(if $$(filter 1,$$(V)),,@echo "  AR    $$@"; )$$(AR) rcs $$@ $$^
endef
$(foreach room,$(ROOMS),$(if $(call SRC,$(room)),$(eval $(call archive,$(room)))))

$(foreach room,$(HOSTED),$(call OBJ,$(room))): CPPFLAGS += $(PKG_CFLAGS)
$(BUILD)/tests/%.o: CPPFLAGS += $(PKG_CFLAGS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(if $(filter 1,$(V)),,@echo "  CC    $<"; )$(CC) $(CPPFLAGS) $(CFLAGS) $(LTO_COMPILE) -MMD -MP -c $< -o $@

$(BUILD)/crashq: $(BUILD)/sim/cli/main.o $(BUILD)/sim/cli/host.o $(ARCHIVES)
	@echo "  LINK  $@"; $(CC) $(CFLAGS) $(LTO_LINK) $(LDFLAGS) $^ -o $@ $(PKG_LIBS) -lpthread

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(SUPPORT_OBJ) $(ARCHIVES)
	@echo "  LINK  $@"; $(CC) $(CFLAGS) $(LTO_APART) $(LDFLAGS) $^ -o $@ $(PKG_LIBS) $(TEST_LIBS) -lpthread -lm

# the one benchmark that must be able to leave the fingerprint out
$(BUILD)/tests/bench/bench_run: LDFLAGS += -Wl,--wrap=history_outputs,--wrap=history_fold

setup:
	@tests/setup

test: setup
	@$(MAKE) --no-print-directory crashq tests
	@tests/run $(BUILD)

bench: setup
	@$(MAKE) --no-print-directory crashq $(BENCHES)
	@for b in $(BENCHES); do $$b || exit 1; done

mutants: setup
	@tests/mutants/run

fuzz: setup
	@command -v clang >/dev/null || { echo "make fuzz needs clang" >&2; exit 2; }
	@$(MAKE) --no-print-directory MODE=fuzz CC=clang fuzzers
	@tests/fuzz/run build/fuzz

demo: setup
	@$(MAKE) --no-print-directory crashq
	@tests/demo

clean:
	rm -rf build crashq

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
