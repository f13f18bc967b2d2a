/** 9P over streams of bytes: sockets that the public's 9P clients connect to. */
package dev.jvmm.virtio.ninep.stream;
