package org.pgkeep.service.recipe;

import org.pgkeep.engine.Progress;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.document.KeyView;
import org.pgkeep.service.job.JobRun;
import org.pgkeep.service.job.Recipe;
import org.pgkeep.vault.Resealing;
import org.pgkeep.vault.Vault;

/** Seals with the newest master key what an older one has sealed. Goes on where it was cut off. */
public final class ResealVault implements Recipe {
    private final Vault vault;

    public ResealVault(Vault vault) {
        this.vault = vault;
    }

    @Override
    public Object run(JobRun run) {
        int generation = vault.keys().generation();
        Resealing.Figures figures =
                vault.resealing()
                        .run(
                                (done, all) -> run.report(new Progress("sealing anew", done, all)),
                                run::isCalledOff);
        if (!figures.damaged().isEmpty()) {
            throw new Failure(
                    Code.DAMAGED_OBJECT,
                    figures.damaged().size()
                            + " of the vault's objects do not open and were left as they are: "
                            + String.join(", ", figures.damaged()),
                    "repair them from another copy of the vault, then seal anew once more");
        }
        return KeyView.Resealed.of(figures, generation);
    }
}
