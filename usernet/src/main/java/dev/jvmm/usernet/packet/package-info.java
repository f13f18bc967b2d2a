/** What packets look like: addresses, checksums, headers. Readers believe no length; nothing here knows of sockets. */
package dev.jvmm.usernet.packet;
