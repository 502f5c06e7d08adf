package dev.croft.router.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class LeaseTest {

    private static final long SECOND = 1_000_000_000L;

    /** Time goes on by chance; renewals take any time to get to the database and back, are lost, or are taken and not heard of. */
    @Test
    void whileItHoldsHereItHasNotEndedThere() {
        Random random = new Random(9);
        for (int run = 0; run < 2000; run++) {
            AtomicLong now = new AtomicLong(random.nextLong());
            Lease lease = new Lease(Duration.ofSeconds(15), now::get);
            // The database's clock runs up to a tenth faster, and its end of the lease is on that.
            double faster = 1 + random.nextDouble() / 10;
            double there = 0;
            double endsThere = 0;
            for (int step = 0; step < 40; step++) {
                long sent = lease.now();
                long to = (long) (random.nextDouble() * 8 * SECOND);
                now.addAndGet(to);
                there += to * faster;
                boolean arrives = random.nextInt(5) > 0;
                if (arrives && there <= endsThere || step == 0) {
                    endsThere = there + 15.0 * SECOND;
                }
                long back = (long) (random.nextDouble() * 8 * SECOND);
                now.addAndGet(back);
                there += back * faster;
                if ((arrives || step == 0) && random.nextInt(5) > 0 && endsThere >= there - back * faster) {
                    lease.renewed(sent);
                }
                if (lease.holds()) {
                    assertThat(there).isLessThan(endsThere);
                }
            }
        }
    }

    @Test
    void itHoldsOnlyOnceItWasRenewedAndNoMoreOnceItWasTaken() {
        AtomicLong now = new AtomicLong();
        Lease lease = new Lease(Duration.ofSeconds(4), now::get);
        assertThat(lease.holds()).isFalse();
        lease.renewed(lease.now());
        now.set(3 * SECOND - 1);
        assertThat(lease.holds()).isTrue();
        now.set(3 * SECOND);
        assertThat(lease.holds()).isFalse();
        lease.renewed(lease.now());
        lease.lost();
        assertThat(lease.holds()).isFalse();
    }
}
