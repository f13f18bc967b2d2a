/** Costs inside the user-mode network's TCP, in its package since its parts are nobody else's business. */
package dev.jvmm.usernet.tcp;
