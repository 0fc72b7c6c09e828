package org.pgkeep.engine.drill;

/**
 * What the owner of the data wants to be true of every restored copy.
 *
 * @param database where it is asked
 * @param sql a query whose only row begins with true
 */
public record DrillQuestion(String database, String sql) {}
