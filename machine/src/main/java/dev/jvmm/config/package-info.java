/** What all that people write has in common: amounts, mistakes, and what they may have meant. */
package dev.jvmm.config;
