package dev.croft.mobility.pipeline;

record Checkpoint() {}
