package org.pgkeep.service.document;

/**
 * How the vault is looked after.
 *
 * @param scrubEvery how often everything in it is read again: a span such as {@code 7d}, or {@code
 *     off}
 * @param scrubRate how many bytes a second are read then at most, such as {@code 100MB}
 */
public record VaultSettingsView(String scrubEvery, String scrubRate) {}
