# Kernels of other versions and for other processors, in QEMU.

.PHONY: tools-kernels test-kernels

# Downloads, kept between runs.
KERNEL_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/vmem

tools-kernels: tools-build
	$(call need,mmdebstrap cpio qemu-system-x86_64 qemu-system-aarch64 aarch64-linux-gnu-gcc,mmdebstrap debian-archive-keyring \
	  cpio qemu-system-x86 qemu-system-arm gcc-aarch64-linux-gnu libc6-dev-arm64-cross)

test-kernels: tools-kernels ## the core's specs on other kernels, in QEMU; KERNELS="names" or all, SPECS="files" for some
	@KERNELS='$(KERNELS)' SPECS='$(if $(filter command line environment,$(origin SPECS)),$(SPECS))' \
	  tools/kernels/run '$(KERNEL_CACHE)' $(BUILD)/kernels
