/** For the tests of devices: a driver that can lie, and the contract that every device keeps. */
package dev.jvmm.virtio.testing;
