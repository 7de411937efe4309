# sim7600-emu, hil and mqtt-node. One Makefile, not recursive; everything built goes to $(BUILD).
BUILD  ?= build
PREFIX ?= /usr/local
JOBS   ?= $(shell nproc)
CC     := gcc
CLANG  ?= clang
PKGS   := libuv libssl libcrypto yaml-0.1 jansson libpcre2-8 libxml-2.0 libserialport
WARN   := -Wall -Wextra -Wshadow -Wconversion -Wswitch-enum -Wmissing-prototypes -Wformat=2 \
	  -Wno-missing-field-initializers -Werror
# Some 170 programs are linked for `make check`; lld does that in a third of the time.
LLD    := -fuse-ld=lld
SAN    := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer

ROOMS  := base clock io profile link ppp modem at mux cmd app
EMU_C  := $(foreach r,$(ROOMS),$(wildcard emulator/$(r)/*.c))
HIL_ROOMS := . board wire import reproduce record probe
HIL_C  := $(sort $(foreach r,$(HIL_ROOMS),$(patsubst ./%,%,$(wildcard $(patsubst %/.,%,harness/$(r))/*.c))))
FW_C   := $(wildcard firmware-under-test/core/*.c)
FWH_C  := $(wildcard firmware-under-test/port/host/*.c)
# Ports of other machines by RFC 2217, where libgensio is there.
GENSIO := $(shell pkg-config --exists libgensio 2>/dev/null && echo 1)
YAML   := $(sort $(wildcard emulator/profile/data/*.yaml)) $(sort $(wildcard emulator/link/data/*.yaml)) $(sort $(wildcard emulator/link/worlds/data/*.yaml)) \
	  $(sort $(wildcard harness/divergences/data/*.yaml))
FWQ_C  := $(wildcard firmware-under-test/port/qemu/*.c) firmware-under-test/port/cortex-m/provision.c
# Certificates that hil puts into the store of a modem it reproduces a log with.
PEM    := $(patsubst %,scenarios/certs/%.pem,amazon-root-ca-1 client-cert client-key digicert-global-root-ca \
	  digicert-global-root-g2 isrgrootx1)
TEST_C := $(wildcard emulator/tests/test_*.c harness/tests/test_*.c firmware-under-test/tests/test_*.c)
FUZZ_C := $(wildcard emulator/tests/fuzz_*.c harness/tests/fuzz_*.c firmware-under-test/tests/fuzz_*.c)

CFLAGS   ?= -O2 -g
INCLUDES := -I. -Iemulator -Ifirmware-under-test -I$(BUILD)/gen
LIBS     := -Wl,--as-needed $(if $(GENSIO),-lgensio -lgensioosh) $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lslirp -lresolv -lcrypt -lm
PKGFLAGS := $(shell pkg-config --cflags $(PKGS) check 2>/dev/null | sed 's/-I/-isystem /g')

.DEFAULT_GOAL := all
.PHONY: all help demo check test scenarios matrix baseline deps-browser sweep sweep-arm agreement evidence install bench fuzz fuzz-commands clean deps
.SECONDARY:
.DELETE_ON_ERROR:

all: deps ## build sim7600-emu, hil and mqtt-node into $(BUILD)/
	@$(MAKE) --no-print-directory -j$(JOBS) programs

# Where the packages have just been installed, make is asked again so that pkg-config finds them.
deps: ## install missing Debian packages (sudo when not root)
	@ci/install-deps

.PHONY: programs
programs: $(BUILD)/sim7600-emu $(BUILD)/hil $(BUILD)/mqtt-node

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | sort | expand -t 14

# --- variants: the same rules twice, plain in obj/ and with sanitizers in san/ ---------------------------------
# $(1) folder, $(2) extra flags, $(3) extra flags of the linker
define variant
$(BUILD)/$(1)/firmware-under-test/core/%.o: firmware-under-test/core/%.c | generated
	@mkdir -p $$(@D)
	@echo "  CC    $$<"
	@$(CC) -std=c99 $(WARN) $(CFLAGS) $(2) -Ifirmware-under-test -MMD -MP -c $$< -o $$@
$(BUILD)/$(1)/%.o: %.c | generated
	@mkdir -p $$(@D)
	@echo "  CC    $$<"
	@$(CC) -std=c11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(2) $$(TEST_O) $(INCLUDES) $(PKGFLAGS) -MMD -MP -c $$< -o $$@
$(BUILD)/$(1)/gen/%.o: $(BUILD)/gen/%.c
	@mkdir -p $$(@D)
	@$(CC) -std=c11 $(CFLAGS) $(2) -c $$< -o $$@
$(BUILD)/$(1)/libemu.a: $(patsubst %.c,$(BUILD)/$(1)/%.o,$(filter-out emulator/app/main.c,$(EMU_C))) $(BUILD)/$(1)/gen/data.o
	@rm -f $$@; ar rcs $$@ $$^
$(BUILD)/$(1)/libfw.a: $(patsubst %.c,$(BUILD)/$(1)/%.o,$(FW_C) $(filter-out %/main.c,$(FWH_C) $(FWQ_C)))
	@rm -f $$@; ar rcs $$@ $$^
$(BUILD)/$(1)/libhil.a: $(patsubst %.c,$(BUILD)/$(1)/%.o,$(filter-out harness/main.c,$(HIL_C))) $(BUILD)/gen/watch.o $(BUILD)/gen/html.o
	@rm -f $$@; ar rcs $$@ $$^
$(BUILD)/$(1)/sim7600-emu: $(BUILD)/$(1)/emulator/app/main.o $(BUILD)/$(1)/libemu.a
	@echo "  LD    $$@"
	@$(CC) $(2) $(3) $$^ $(LIBS) -o $$@
$(BUILD)/$(1)/mqtt-node: $(BUILD)/$(1)/firmware-under-test/port/host/main.o $(BUILD)/$(1)/libfw.a
	@echo "  LD    $$@"
	@$(CC) $(2) $(3) $$^ -lserialport -o $$@
$(BUILD)/$(1)/hil: $(BUILD)/$(1)/harness/main.o $(BUILD)/$(1)/libhil.a $(BUILD)/$(1)/libfw.a $(BUILD)/$(1)/libemu.a
	@echo "  LD    $$@"
	@$(CC) $(2) $(3) $$^ $(LIBS) -o $$@
$(BUILD)/$(1)/tests/%: $(BUILD)/$(1)/%.o $(BUILD)/$(1)/libhil.a $(BUILD)/$(1)/libfw.a $(BUILD)/$(1)/libemu.a
	@mkdir -p $$(@D)
	@echo "  LD    $$@"
	@$(CC) $(2) $(3) $$^ $(LIBS) $$(shell pkg-config --libs check) -o $$@
endef
$(eval $(call variant,obj,,))
$(eval $(call variant,san,$(SAN),$(LLD)))
# What tests do themselves is little: building them costs more than running them.
$(patsubst %.c,$(BUILD)/san/%.o,$(TEST_C)): TEST_O := -O0

$(BUILD)/%: $(BUILD)/obj/%
	@ln -sf obj/$* $@

# --- generated: data files become part of the program, so that one file is enough to run it ---------------
.PHONY: generated
generated: $(BUILD)/gen/data.c $(BUILD)/gen/have.h
$(BUILD)/gen/have.h: always
	@mkdir -p $(@D)
	@echo "#define HAVE_GENSIO $(if $(GENSIO),1,0)" > $@.new
	@cmp -s $@.new $@ && rm $@.new || mv $@.new $@
.PHONY: always
$(BUILD)/gen/data.c: Makefile ci/embed $(YAML) $(PEM)
	@mkdir -p $(@D)
	@ci/embed $(YAML) $(PEM) > $@

# What runs inside mosquitto is built for this machine, without sanitizers, and carried inside hil.
$(BUILD)/gen/watch.so: harness/plugin/mosquitto_watch.c
	@mkdir -p $(@D)
	@echo "  SO    $<"
	@$(CC) -std=c11 -D_GNU_SOURCE $(WARN) -O2 -fPIC -shared -s $< -o $@
$(BUILD)/gen/watch.o: $(BUILD)/gen/watch.so
	@cd $(@D) && ld -r -b binary -z noexecstack watch.so -o watch.o

# Style and script of the HTML report, carried inside hil.
HTML := harness/html/report.css harness/html/report.js
$(BUILD)/gen/html.o: $(HTML)
	@mkdir -p $(@D)
	@cd harness/html && ld -r -b binary -z noexecstack $(notdir $(HTML)) -o $(abspath $@)

# --- fuzz targets: libFuzzer, their own variant -----------------------------------------------------------------
# A short run spends its time on building; for hours of it: make fuzz FUZZ_O=-O2 BUILD=build/long FUZZ_SECONDS=3600
FUZZ_O     ?= -O0
FUZZ_FLAGS := $(FUZZ_O) -gline-tables-only -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -D_GNU_SOURCE \
	      -Wno-unknown-warning-option
FUZZ_LIB_O := $(patsubst %.c,$(BUILD)/fuzz/%.o,$(filter-out emulator/app/main.c harness/main.c %/host/main.c,\
	      $(EMU_C) $(HIL_C) $(FW_C) $(FWH_C)))
$(BUILD)/fuzz/%.o: %.c | generated
	@mkdir -p $(@D)
	@echo "  FUZZ  $<"
	@$(CLANG) -std=c11 $(FUZZ_FLAGS) $(INCLUDES) $(PKGFLAGS) -MMD -MP -c $< -o $@
$(BUILD)/fuzz/data.o: $(BUILD)/gen/data.c
	@mkdir -p $(@D)
	@$(CLANG) $(FUZZ_FLAGS) -c $< -o $@
$(BUILD)/fuzz/lib.a: $(FUZZ_LIB_O) $(BUILD)/fuzz/data.o $(BUILD)/gen/watch.o $(BUILD)/gen/html.o
	@rm -f $@; ar rcs $@ $^
$(BUILD)/fuzz/bin/%: $(BUILD)/fuzz/%.o $(BUILD)/fuzz/lib.a
	@mkdir -p $(@D)
	@$(CLANG) -fsanitize=fuzzer,address,undefined $(LLD) $^ $(LIBS) -o $@
# Random command lines by the million: no libFuzzer, a program of its own on the libraries with sanitizers.
COMMANDS_C := $(wildcard emulator/tests/commands/*.c)
$(BUILD)/commands: $(patsubst %.c,$(BUILD)/san/%.o,$(COMMANDS_C)) $(BUILD)/san/libemu.a
	@echo "  LD    $@"
	@$(CC) $(SAN) $(LLD) $^ $(LIBS) -o $@
FUZZERS := $(patsubst %.c,$(BUILD)/fuzz/bin/%,$(FUZZ_C))

deps-browser: deps
	@ci/install-deps browser

fuzz: deps ## fuzz every parser for FUZZ_SECONDS each (default 600)
	@$(MAKE) --no-print-directory -j$(JOBS) fuzzers
	@ci/fuzz $(BUILD) $${FUZZ_SECONDS:-600}
.PHONY: fuzzers
fuzzers: $(FUZZERS)

# Random command lines from the command tables. A finding prints its story; build/commands --replay FILE plays it again.
COMMANDS ?= 10000000
SEED     ?= 1
fuzz-commands: deps ## COMMANDS random command lines (default 10 million) from SEED on against modems of all revisions
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/commands
	@$(BUILD)/commands --commands $(COMMANDS) --seed $(SEED) --jobs $(JOBS)

# --- firmware for the Cortex-M ----------------------------------------------------------------------------------
ARM_CC    := arm-none-eabi-gcc -mcpu=cortex-m3 -mthumb
ARM_FLAGS := -std=c99 $(WARN) -Os -g -ffunction-sections -fdata-sections -Ifirmware-under-test -MMD -MP
ARM_PORT  := firmware-under-test/port/cortex-m
ARM_LINK  := -nostartfiles --specs=nano.specs -Wl,--gc-sections,--fatal-warnings -T $(ARM_PORT)/mps2-an385.ld
ARM_BOARD := $(patsubst %,$(BUILD)/arm/$(ARM_PORT)/%.o,machine start uart)
$(BUILD)/arm/%.o: %.c
	@mkdir -p $(@D)
	@echo "  ARM   $<"
	@$(ARM_CC) $(ARM_FLAGS) -c $< -o $@
$(BUILD)/obj/mqtt-node.elf: $(patsubst %.c,$(BUILD)/arm/%.o,$(FW_C) $(ARM_PORT)/main.c $(ARM_PORT)/provision.c) $(ARM_BOARD)
$(BUILD)/obj/at-bridge.elf: $(BUILD)/arm/$(ARM_PORT)/bridge.o $(ARM_BOARD)
$(BUILD)/obj/mqtt-node.elf $(BUILD)/obj/at-bridge.elf: $(ARM_PORT)/mps2-an385.ld
	@echo "  LD    $@"
	@$(ARM_CC) $(ARM_LINK) $(filter %.o,$^) -o $@
$(BUILD)/obj/mqtt-node-qemu: $(BUILD)/obj/firmware-under-test/port/qemu/main.o $(BUILD)/obj/libfw.a
	@echo "  LD    $@"
	@$(CC) $^ -lserialport -o $@

.PHONY: deps-arm firmware-arm arm-programs sizes check-arm check-boards check-clients check-ppp
deps-arm: deps
	@ci/install-deps arm
arm-programs: $(BUILD)/mqtt-node.elf $(BUILD)/at-bridge.elf $(BUILD)/mqtt-node-qemu
firmware-arm: deps-arm ## build mqtt-node.elf for a Cortex-M3, and mqtt-node-qemu that runs it
	@$(MAKE) --no-print-directory -j$(JOBS) arm-programs

sizes: all firmware-arm ## flash, RAM and deepest stack of mqtt-node.elf beside the budget and the last noted ones
	@ci/sizes $(BUILD)

check-boards: deps firmware-arm ## scenarios through real serial drivers in a QEMU guest, a device pulled in mid-run, ser2net, a firmware on its own board
	@ci/install-deps guest
	@$(MAKE) --no-print-directory -j$(JOBS) programs
	@ci/check-boards $(BUILD)

check-clients: all ## programs of others (ModemManager, gammu, smstools, chat, picocom ...) against the emulator, in process and on its PTY
	@ci/install-deps clients
	@$(BUILD)/hil run scenarios/clients --tags program -j 16
	@$(BUILD)/hil run scenarios/clients --tags program -j 16 --target pty

check-ppp: all ## Debian's pppd in a QEMU guest dials the emulator: address, names, ping, 5 MB over HTTP, also through n_gsm
	@ci/install-deps guest
	@ci/check-ppp $(BUILD)

check-arm: all firmware-arm ## the client's scenarios on a Cortex-M in QEMU, which must end as they do on this machine
	@$(MAKE) --no-print-directory -j$(JOBS) $(BUILD)/san/hil
	@ci/check $(BUILD) arm

# --- tests ------------------------------------------------------------------------------------------------------
TESTS := $(patsubst %.c,$(BUILD)/san/tests/%,$(TEST_C))

check: deps-arm deps-browser ## everything: layers, style, unit tests and scenarios with sanitizers, short fuzzing
	@$(MAKE) --no-print-directory -j$(JOBS) check-programs
	@ci/check $(BUILD)
.PHONY: check-programs tests
tests: $(TESTS)
check-programs: programs arm-programs tests $(BUILD)/messages $(BUILD)/recorded $(BUILD)/commands $(BUILD)/san/hil $(BUILD)/san/sim7600-emu $(BUILD)/san/mqtt-node fuzzers

test: deps ## unit tests alone, with sanitizers
	@$(MAKE) --no-print-directory -j$(JOBS) tests
	@ci/check $(BUILD) unit

scenarios: all ## the scenarios alone, in process
	@$(BUILD)/hil run scenarios

agreement: all ## one broker, modelled and real: the table of what each answers
	@$(BUILD)/hil run scenarios --tags real --pair world -j 12 -q

matrix: all ## the scenarios on every revision against ci/baseline.yaml; the page is $(BUILD)/matrix.html
	@$(BUILD)/hil matrix scenarios --not-tags real --baseline ci/baseline.yaml --html $(BUILD)/matrix.html

baseline: all ## what `make matrix` finds becomes ci/baseline.yaml; look at its diff
	@$(BUILD)/hil matrix scenarios --not-tags real --baseline ci/baseline.yaml --update-baseline -q

sweep: all ## mqtt-node broken at every exchange by every fault; prints the sweep's size and time
	@$(BUILD)/hil run scenarios/client --tags sweep --sweep all

# In real time: nearly all cells wait, whence the jobs.
sweep-arm: all firmware-arm ## the same of mqtt-node.elf in QEMU
	@$(BUILD)/hil run scenarios/client --tags sweep --sweep all --target qemu -j 128 --timeout-scale 3

evidence: ## every observation of the field thread has its scenario
	@ci/check-evidence

demo: all ## the field thread in a minute: LE20B03 with and without SNI, LE20B04V03, and the client on both
	@ci/demo $(BUILD)

$(BUILD)/bench: $(BUILD)/obj/emulator/tests/bench/bench.o $(BUILD)/obj/emulator/tests/bench/peer.o $(BUILD)/obj/libemu.a
	@$(CC) $^ $(LIBS) -o $@
$(BUILD)/messages: $(BUILD)/obj/emulator/tests/bench/messages.o $(BUILD)/obj/emulator/tests/bench/peer.o
	@$(CC) $^ -o $@
$(BUILD)/recorded: $(BUILD)/obj/emulator/tests/bench/recorded.o $(BUILD)/obj/emulator/tests/bench/peer.o
	@$(CC) $^ -lcrypto -o $@
bench: all ## round trips, start-up, memory, pacing, messages, the recorder, cells per second, each beside its floor
	@$(MAKE) --no-print-directory $(BUILD)/bench $(BUILD)/messages $(BUILD)/recorded
	@$(BUILD)/bench $(BUILD)/sim7600-emu $(BUILD)/hil scenarios
	@$(BUILD)/messages $(BUILD)/sim7600-emu $(BUILD)/mqtt-node
	@$(BUILD)/recorded $(BUILD)/hil

MAN := $(patsubst %.scd,$(BUILD)/man/%,$(notdir $(wildcard emulator/man/*.scd harness/man/*.scd)))
vpath %.scd emulator/man harness/man
$(BUILD)/man/%: %.scd
	@mkdir -p $(@D)
	@scdoc < $< > $@
.PHONY: man
man: $(MAN)

install: all man ## install programs, man pages, completion and scenarios below PREFIX (/usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/man/man1 $(DESTDIR)$(PREFIX)/share/man/man5
	install $(BUILD)/sim7600-emu $(BUILD)/hil $(BUILD)/mqtt-node $(DESTDIR)$(PREFIX)/bin/
	for m in $(MAN); do install -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man$${m##*.}/; done
	install -D -m 644 harness/completion/hil.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/hil
	install -d $(DESTDIR)$(PREFIX)/share/sim7600-emu
	cp -r scenarios $(DESTDIR)$(PREFIX)/share/sim7600-emu/

clean: ## remove $(BUILD)
	rm -rf $(BUILD)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
