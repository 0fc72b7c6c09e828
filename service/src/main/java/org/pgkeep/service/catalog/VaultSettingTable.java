package org.pgkeep.service.catalog;

import java.util.Map;
import java.util.TreeMap;

/** How the vault is looked after, where somebody wished something. Any thread. */
public final class VaultSettingTable {
    private final Catalog catalog;

    public VaultSettingTable(Catalog catalog) {
        this.catalog = catalog;
    }

    /** All wishes, by their names. */
    public Map<String, String> all() {
        return catalog.read(handle -> {
            Map<String, String> all = new TreeMap<>();
            handle.createQuery("select name, value from vault_setting")
                    .mapToMap(String.class)
                    .forEach(row -> all.put(row.get("name"), row.get("value")));
            return all;
        });
    }

    /** Changes some; the others stay. */
    public void set(Map<String, String> wishes) {
        int _ =
                catalog.write(handle -> {
                    wishes.forEach((name, value) -> {
                        handle.createUpdate("delete from vault_setting where name = :name")
                                .bind("name", name)
                                .execute();
                        handle.createUpdate(
                                        "insert into vault_setting (name, value) values (:name,"
                                                + " :value)")
                                .bind("name", name)
                                .bind("value", value)
                                .execute();
                    });
                    return wishes.size();
                });
    }
}
