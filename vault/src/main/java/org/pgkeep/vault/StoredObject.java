package org.pgkeep.vault;

/**
 * One line of a listing.
 *
 * @param name the object's name
 * @param bytes its stored length
 */
public record StoredObject(ObjectName name, long bytes) {}
