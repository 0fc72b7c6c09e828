package org.pgkeep.tidy;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The house as it stands: its folder, its classes, its texts. */
final class House {
    /** Made by the build or by tools, and not part of the repository. */
    private static final Set<String> NOT_OURS =
            Set.of("target", "node_modules", ".git", ".idea", ".settings", ".vscode");

    private House() {}

    /** A file of the repository; its path is relative to the root, with '/'. */
    record Text(String path, String content) {
        boolean isJava() {
            return path.endsWith(".java");
        }

        /** Whether it is part of the product, not of its tests. */
        boolean isMain() {
            return path.contains("/src/main/");
        }

        /** The folder it lies in. */
        String folder() {
            int slash = path.lastIndexOf('/');
            return slash < 0 ? "" : path.substring(0, slash);
        }

        /** Its name without the folder. */
        String name() {
            return path.substring(path.lastIndexOf('/') + 1);
        }

        int lines() {
            return (int) content.lines().count();
        }
    }

    /** The folder of the repository. */
    static Path root() {
        Path at = Path.of("").toAbsolutePath();
        while (!Files.exists(at.resolve("mvnw"))) {
            Path above = at.getParent();
            if (above == null) {
                throw new IllegalStateException("no mvnw in this folder or above it");
            }
            at = above;
        }
        return at;
    }

    /** All classes of the product, those of benchmarks too; no tests. */
    static JavaClasses classes() {
        JavaClasses all =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .importPackages(Rooms.HOUSE);
        for (Rooms.Room room : Rooms.ALL) {
            String home = Rooms.HOUSE + "." + room.name();
            if (all.stream().noneMatch(each -> Rooms.isWithin(each.getPackageName(), home))) {
                throw new IllegalStateException("no classes of " + home + " on the class path");
            }
        }
        return all;
    }

    /** All texts of the repository. */
    static List<Text> texts() {
        List<Text> texts = new ArrayList<>();
        Path root = root();
        try {
            Files.walkFileTree(
                    root,
                    new SimpleFileVisitor<>() {
                        @Override
                        public FileVisitResult preVisitDirectory(
                                Path folder, BasicFileAttributes attributes) {
                            return NOT_OURS.contains(String.valueOf(folder.getFileName()))
                                    ? FileVisitResult.SKIP_SUBTREE
                                    : FileVisitResult.CONTINUE;
                        }

                        @Override
                        public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
                                throws IOException {
                            try {
                                texts.add(
                                        new Text(
                                                root.relativize(file).toString().replace('\\', '/'),
                                                Files.readString(file)));
                            } catch (CharacterCodingException picture) {
                                // bytes that are no text have nothing to say here
                            }
                            return FileVisitResult.CONTINUE;
                        }
                    });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (texts.size() < 100) {
            throw new IllegalStateException("only " + texts.size() + " texts found in " + root);
        }
        return texts;
    }
}
