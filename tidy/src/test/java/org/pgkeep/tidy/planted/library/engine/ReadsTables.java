package org.pgkeep.tidy.planted.library.engine;

import java.sql.Connection;
import java.sql.SQLException;
import org.jspecify.annotations.NullMarked;

/** A fault: JDBC below the service. */
@NullMarked
final class ReadsTables {
    void commit(Connection connection) throws SQLException {
        connection.commit();
    }
}
