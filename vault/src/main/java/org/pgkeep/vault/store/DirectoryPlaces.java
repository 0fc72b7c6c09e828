package org.pgkeep.vault.store;

import java.time.InstantSource;
import org.pgkeep.failure.Code;
import org.pgkeep.failure.Failure;
import org.pgkeep.vault.ObjectStore;
import org.pgkeep.vault.PlaceAddress;
import org.pgkeep.vault.PlaceOpener;

/**
 * Opens folders of this machine, and nothing else.
 *
 * @param clock tells how old temporary files are
 */
public record DirectoryPlaces(InstantSource clock) implements PlaceOpener {
    @Override
    public ObjectStore open(PlaceAddress address) {
        check(address);
        return new DirectoryStore(address.folder(), clock);
    }

    @Override
    public ObjectStore make(PlaceAddress address) {
        check(address);
        return DirectoryStore.make(address.folder(), clock);
    }

    private static void check(PlaceAddress address) {
        if (address.kind() != PlaceAddress.Kind.FILE || !address.options().isEmpty()) {
            throw new Failure(
                    Code.WRONG_PLACE,
                    "only folders without options can be opened here, not " + address,
                    "name a folder by its absolute path");
        }
    }
}
