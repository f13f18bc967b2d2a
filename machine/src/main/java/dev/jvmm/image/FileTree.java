package dev.jvmm.image;

import java.nio.file.Path;

/**
 * All files of a root file system that is to be.
 *
 * @param root the folder {@code /}
 * @param sources the folder in which the files' bytes are
 * @param leftOut files that can not be in an image: sockets
 */
record FileTree(Node root, Path sources, int leftOut) {}
