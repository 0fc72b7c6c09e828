package org.pgkeep.vault;

import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import org.pgkeep.vault.copy.CopyEvents;
import org.pgkeep.vault.copy.ZoneFounding;
import org.pgkeep.vault.copy.ZoneStore;

class ZoneStoreContractTest extends ObjectStoreContract {
    private final ZoneStore zone = make();

    private static ZoneStore make() {
        List<ObjectStore> places = List.of(new MemoryStore(), new MemoryStore(), new MemoryStore());
        ZoneFounding.found(places, new UUID(1, 2));
        return new ZoneStore(places, InstantSource.system(), CopyEvents.NONE);
    }

    @Override
    protected ObjectStore store() {
        return zone;
    }
}
