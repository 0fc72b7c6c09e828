package org.pgkeep.vault;

/** The fake keeps the contract too; or the tests that stand on it would prove nothing. */
class MemoryStoreTest extends ObjectStoreContract {
    private final MemoryStore store = new MemoryStore();

    @Override
    protected ObjectStore store() {
        return store;
    }
}
