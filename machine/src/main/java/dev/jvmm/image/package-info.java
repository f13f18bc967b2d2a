/** Images of root file systems, in the layout of Kata Containers: made from a folder or a tarball, and looked into. */
package dev.jvmm.image;
