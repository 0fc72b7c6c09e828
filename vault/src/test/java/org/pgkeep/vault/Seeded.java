package org.pgkeep.vault;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.TestTemplate;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test with a parameter of type {@code long}: the seed of everything that is random in it. It is
 * run with the seeds from 1 on. {@code -Dpgkeep.seeds=5000} runs more of them, {@code
 * -Dpgkeep.seeds.from=5001} goes on behind them, {@code -Dpgkeep.seed=17} runs that one alone.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@TestTemplate
@ExtendWith(Seeds.class)
public @interface Seeded {
    /** How many seeds are tried where nothing else is said. */
    int value() default 25;
}
