package dev.croft.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PlacingTest {
    private static final Program PROGRAM = new Program.HostCommand(List.of("/bin/true"));
    private static final WorkloadSpec SERVICE = WorkloadSpec.of(new WorkloadId("a"), PROGRAM);
    private static final WorkloadSpec HOST = SERVICE.withNetwork(new Network.Listening(4443));

    @Test
    void aWorkloadNarrowsDownWhatItsInstallationAllowsAndNeverWidensIt() {
        Placing installation = Placing.ANYHOW
                .withNodeSelector(Map.of("zone", "a"))
                .withRuntimeClass("gvisor")
                .withPullSecrets(List.of("ours"));
        Placing both = Placing.ANYHOW
                .withNodeSelector(Map.of("disk", "fast"))
                .withPullSecrets(List.of("theirs"))
                .within(installation);
        assertThat(both.nodeSelector()).isEqualTo(Map.of("disk", "fast", "zone", "a"));
        assertThat(both.runtimeClass()).isEqualTo("gvisor");
        assertThat(both.pullSecrets()).containsExactly("ours", "theirs");

        assertThatThrownBy(() -> Placing.ANYHOW.withRuntimeClass("runc").within(installation))
                .isInstanceOf(WorkloadException.InvalidSpec.class)
                .hasMessage("runtime class runc is asked for, and this installation's is gvisor");
        assertThatThrownBy(() ->
                        Placing.ANYHOW.withNodeSelector(Map.of("zone", "b")).within(installation))
                .hasMessage("a node with zone=b is asked for, and this installation's have a");
        assertThat(Placing.ANYHOW
                        .withRuntimeClass("kata")
                        .within(Placing.ANYHOW)
                        .runtimeClass())
                .isEqualTo("kata");
    }

    @Test
    void servicesAndHostsHaveTheirOwnAndAClassThatIsNotThereIsNamed() {
        Quarters quarters = new Quarters(
                Placing.ANYHOW.withRuntimeClass("gvisor"),
                Placing.ANYHOW,
                Map.of("gold", new Overcommit(1, 1)),
                Map.of());
        assertThat(quarters.of(SERVICE).runtimeClass()).isEqualTo("gvisor");
        assertThat(quarters.of(HOST).runtimeClass()).isNull();
        assertThat(quarters.overcommit(quarters.of(HOST))).isEqualTo(Overcommit.USUAL);
        WorkloadSpec gold = SERVICE.withPlacing(Placing.ANYHOW.withResourceClass("gold"));
        assertThat(quarters.overcommit(quarters.of(gold))).isEqualTo(new Overcommit(1, 1));
        assertThatThrownBy(() -> Quarters.ANYHOW.of(gold)).hasMessage("no resource class gold here, but host, service");
    }

    @Test
    void aBackendWithoutAnyOfItSaysWhatItCannotDoInOneLine() {
        Placing wishes = new Placing(Map.of("zone", "a"), "kata", List.of("registry"), "gold");
        assertThatThrownBy(() -> wishes.refuse("processes"))
                .hasMessage("processes cannot have a node with zone=a, runtime class kata, pull secret registry,"
                        + " resource class gold");
        Placing.ANYHOW.refuse("processes");
    }

    @Test
    void jsonIsTheSameWhateverTheOrderAndLeavesOutWhatIsNotAskedFor() throws Exception {
        ObjectMapper json = new ObjectMapper();
        Map<String, String> labels = new TreeMap<>(Comparator.reverseOrder());
        labels.putAll(Map.of("a", "1", "b", "2", "c", "3"));
        Placing placing = Placing.ANYHOW.withNodeSelector(labels).withPullSecrets(List.of("z", "y", "z"));
        String text = json.writeValueAsString(placing);
        assertThat(text)
                .isEqualTo("{\"nodeSelector\":{\"a\":\"1\",\"b\":\"2\",\"c\":\"3\"},\"pullSecrets\":[\"y\",\"z\"]}");
        assertThat(json.readValue(text, Placing.class)).isEqualTo(placing);
        assertThat(json.readValue("{}", Placing.class)).isEqualTo(Placing.ANYHOW);
    }

    @Test
    void whatIsNoNameIsRefused() {
        assertThatThrownBy(() -> Placing.ANYHOW.withNodeSelector(Map.of("a b", "c")))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> Placing.ANYHOW.withNodeSelector(Map.of("a", "\n")))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> Placing.ANYHOW.withRuntimeClass("../runc"))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> Placing.ANYHOW.withPullSecrets(List.of("UPPER")))
                .isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> Overcommit.parse("0:1")).isInstanceOf(WorkloadException.InvalidSpec.class);
        assertThatThrownBy(() -> Overcommit.parse("8")).isInstanceOf(WorkloadException.InvalidSpec.class);
    }
}
