package org.pgkeep.vault;

import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.Extension;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;
import org.junit.jupiter.api.extension.TestTemplateInvocationContext;
import org.junit.jupiter.api.extension.TestTemplateInvocationContextProvider;

/** Runs a {@link Seeded} test once for each seed. */
final class Seeds implements TestTemplateInvocationContextProvider {
    @Override
    public boolean supportsTestTemplate(ExtensionContext context) {
        return context.getRequiredTestMethod().isAnnotationPresent(Seeded.class);
    }

    @Override
    public Stream<TestTemplateInvocationContext> provideTestTemplateInvocationContexts(
            ExtensionContext context) {
        Seeded seeded = context.getRequiredTestMethod().getAnnotation(Seeded.class);
        return seeds(
                        Long.getLong("pgkeep.seed"),
                        Long.getLong("pgkeep.seeds.from", 1),
                        Long.getLong("pgkeep.seeds", seeded.value()))
                .mapToObj(Run::new);
    }

    /** The one that was asked for, or so many from the first on. */
    static LongStream seeds(@org.jspecify.annotations.Nullable Long only, long first, long many) {
        return only == null ? LongStream.range(first, first + many) : LongStream.of(only);
    }

    private record Run(long seed)
            implements TestTemplateInvocationContext,
                    ParameterResolver,
                    TestExecutionExceptionHandler {
        @Override
        public String getDisplayName(int invocationIndex) {
            return "seed " + seed;
        }

        @Override
        public List<Extension> getAdditionalExtensions() {
            return List.of(this);
        }

        @Override
        public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
            return parameter.getParameter().getType() == long.class;
        }

        @Override
        public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
            return seed;
        }

        @Override
        public void handleTestExecutionException(ExtensionContext context, Throwable thrown) {
            throw new AssertionError(
                    "seed " + seed + " (alone: -Dpgkeep.seed=" + seed + "): " + thrown.getMessage(),
                    thrown);
        }
    }
}
