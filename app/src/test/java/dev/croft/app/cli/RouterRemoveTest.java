package dev.croft.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who removes a router is told what may run on where it was. */
class RouterRemoveTest {

    @Test
    void whatIsLeftIsNamedByItsBackend() {
        assertThat(RouterFleetCommands.Remove.left("docker")).contains("dev.croft.runtime", "start it there once");
        assertThat(RouterFleetCommands.Remove.left("kubernetes")).contains("croft.dev/runtime", "namespace");
        assertThat(RouterFleetCommands.Remove.left("process")).contains("start it on its machine once");
    }
}
