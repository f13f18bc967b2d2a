/** ACPI machine language: nodes that read like the ASL they make and write themselves as bytes. */
package dev.jvmm.aml;
