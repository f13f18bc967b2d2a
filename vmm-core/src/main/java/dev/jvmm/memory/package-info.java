/** The guest's physical memory: where everything lies, and bounded access to it. */
package dev.jvmm.memory;
