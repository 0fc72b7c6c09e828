package org.pgkeep.cli.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.pgkeep.cli.face.Face;
import org.pgkeep.cli.rest.Json;
import org.pgkeep.service.Service;
import org.pgkeep.service.ServiceOptions;
import org.pgkeep.service.home.VaultWish;

/**
 * Runs the service in this process until it is told to end, by {@code down} or by Ctrl-C: the one
 * place of the command line that knows the service's classes.
 */
final class Foreground {
    /** Begins the last line that is printed at a start; {@link Detached} waits for it. */
    static final String READY = "Ready: ";

    private Foreground() {}

    static void run(Face face, Optional<Path> passphraseFile, VaultPlaces vault) {
        Service service =
                Service.start(
                        ServiceOptions.of(
                                face.home(),
                                passphraseFile,
                                vault.folder(),
                                face.terminal().environment()),
                        wish(vault));
        Runtime.getRuntime().addShutdownHook(new Thread(service::close, "clean end"));
        List<String> lines = new ArrayList<>(service.announcements());
        long pid = ProcessHandle.current().pid();
        face.result(
                document(face, pid, lines),
                () -> {
                    lines.add(READY + "process " + pid + ", home " + face.home());
                    return String.join("\n", lines) + "\n";
                });
        try {
            service.awaitEnd();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static VaultWish wish(VaultPlaces vault) {
        return new VaultWish(
                vault.folder().isPresent() ? List.of() : vault.places(),
                vault.redundancy(),
                vault.promote());
    }

    private static Json document(Face face, long pid, List<String> announcements) {
        Map<String, Json> fields = new LinkedHashMap<>();
        fields.put("state", Json.text("running"));
        fields.put("pid", Json.number(pid));
        fields.put("version", Json.text(Service.VERSION));
        fields.put("home", Json.text(face.home().toString()));
        fields.put("notes", new Json.Items(announcements.stream().map(Json::text).toList()));
        return Json.object(fields);
    }
}
