package dev.croft.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small recorded workloads. */
final class Workloads {
    private Workloads() {}

    /** One block, and so many claims of a hundredth of it, as PrivateKube's simulator records them. */
    static void privateKube(Path folder, int claims) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("trace.json"), """
                {"duration": %d.0, "block_created": [0.0], "block_epsilon": 1.0, "block_delta": 1e-06, "tick": 0.5,
                 "timeout_enabled": true, "timeout": 300, "config": {"resource_master.dp_policy.is_rdp": false}}
                """.formatted(claims + 10));
        StringBuilder rows = new StringBuilder("claim_id,arrival,first_block,n_blocks,epsilon\n");
        for (int claim = 0; claim < claims; claim++) {
            rows.append(claim).append(',').append(claim + 1).append(".5,0,1,0.01\n");
        }
        Files.writeString(folder.resolve("claims.csv"), rows);
    }

    /** One block and two claims of it, as DPack's simulator records them, with ten steps recorded. */
    static void dpack(Path folder) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(folder.resolve("trace.json"), """
                {"alphas": [2, 4], "block_epsilon": 10, "block_delta": 1e-07, "initial_blocks": 1, "max_blocks": 1, "block_interval": 1,
                 "runs": [{"name": "DominantShares", "n": 10, "data_lifetime": 10, "scheduling_wait_time": 1,
                           "metric_recomputation_period": 10, "last_batch_at": 20.0}]}
                """);
        Files.writeString(folder.resolve("claims.csv"), """
                claim_id,arrival,blocks,mechanism,epsilon,rdp_epsilons
                0,0.0,0,laplace,0.1,0.01 0.02
                1,0.5,0,laplace,0.1,0.01 0.02
                """);
    }
}
