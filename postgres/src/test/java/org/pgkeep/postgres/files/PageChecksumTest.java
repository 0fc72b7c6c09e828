package org.pgkeep.postgres.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.pgkeep.postgres.Lsn;

class PageChecksumTest {
    private static byte[] page() {
        byte[] page = new byte[PageChecksum.PAGE_BYTES];
        new Random(3).nextBytes(page);
        page[15] |= 0x10;
        return page;
    }

    private static void store(byte[] bytes, int offset, int checksum) {
        bytes[offset + 8] = (byte) checksum;
        bytes[offset + 9] = (byte) (checksum >>> 8);
    }

    @Test
    void acceptsAPageThatCarriesItsChecksum() {
        byte[] page = page();
        store(page, 0, PageChecksum.compute(page, 0, 7));
        assertThat(PageChecksum.verify(page, 0, 7)).isTrue();
        assertThat(PageChecksum.verify(page, 0, 8)).isFalse();
        assertThat(PageChecksum.stored(page, 0)).isEqualTo(PageChecksum.compute(page, 0, 7));
    }

    @Test
    void noticesEveryFlippedByte() {
        byte[] page = page();
        store(page, 0, PageChecksum.compute(page, 0, 7));
        Random bits = new Random(4);
        for (int at = 0; at < page.length; at++) {
            if (at == 14 || at == 15) {
                continue; // pd_upper: with it zero the page counts as new, see below
            }
            byte before = page[at];
            page[at] ^= (byte) (1 << bits.nextInt(8));
            assertThat(PageChecksum.verify(page, 0, 7)).as("byte %s", at).isFalse();
            page[at] = before;
        }
    }

    @Test
    void acceptsANewPageOnlyWhenItIsAllZeros() {
        byte[] page = new byte[PageChecksum.PAGE_BYTES];
        assertThat(PageChecksum.verify(page, 0, 7)).isTrue();
        page[8000] = 1;
        assertThat(PageChecksum.verify(page, 0, 7)).isFalse();
    }

    @Test
    void readsAPageAnywhereInABuffer() {
        byte[] page = page();
        byte[] buffer = new byte[3 * PageChecksum.PAGE_BYTES];
        System.arraycopy(page, 0, buffer, 5000, page.length);
        assertThat(PageChecksum.compute(buffer, 5000, 7))
                .isEqualTo(PageChecksum.compute(page, 0, 7));
    }

    @Test
    void staysWithinSixteenBitsAndAboveZero() {
        byte[] page = page();
        for (long block = 0; block < 70_000; block++) {
            assertThat(PageChecksum.compute(page, 0, block)).isBetween(1, 65_535);
        }
        assertThat(PageChecksum.compute(page, 0, 0xFFFF_FFFEL)).isBetween(1, 65_535);
    }

    @Test
    void readsThePagesPosition() {
        byte[] page = new byte[PageChecksum.PAGE_BYTES];
        page[0] = 0x16;
        page[4] = 0x48;
        page[7] = (byte) 0xB3;
        assertThat(PageChecksum.lsn(page, 0)).isEqualTo(Lsn.parse("16/B3000048"));
    }
}
