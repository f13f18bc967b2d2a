/** The default guest. */
module dev.jvmm.guest {
    exports dev.jvmm.guest;
}
