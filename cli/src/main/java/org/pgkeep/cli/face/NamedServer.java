package org.pgkeep.cli.face;

import java.util.Map;
import org.pgkeep.cli.rest.ServiceClient;
import picocli.CommandLine.Option;

/** Which server: {@code -n} and {@code -ns}. */
public final class NamedServer {
    @Option(
            names = {"-n", "--name"},
            required = true,
            paramLabel = "NAME",
            description = "Name of the server; where there is one, its ID will do, too.")
    private String name = "";

    @Option(
            names = {"-ns", "--namespace"},
            paramLabel = "NAMESPACE",
            description = "Namespace the name belongs to (default: default).")
    private String namespace = "default";

    /** As typed: a name or an ID. */
    public String name() {
        return name;
    }

    /** The namespace. */
    public String namespace() {
        return namespace;
    }

    /** The server's path in the REST API, with what hangs below it: {@code /backups}. */
    public String path(String below) {
        return path(below, Map.of());
    }

    /** The same with more parameters than the namespace. */
    public String path(String below, Map<String, String> parameters) {
        Map<String, String> all = new java.util.TreeMap<>(parameters);
        all.put("namespace", namespace);
        return "/servers/" + ServiceClient.part(name) + below + ServiceClient.query(all);
    }

    /** {@code -n NAME}, and the namespace where it is not the default: for lines in hints. */
    public String asTyped() {
        return "-n " + name + (namespace.equals("default") ? "" : " -ns " + namespace);
    }
}
