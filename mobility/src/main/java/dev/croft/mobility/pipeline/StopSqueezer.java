package dev.croft.mobility.pipeline;

/** Makes the stop between two cleaned sections; one that is too wide is given to the section that knows less. */
final class StopSqueezer {
    private final Track track;

    StopSqueezer(Track track) {
        this.track = track;
    }

    /** The stop between neighbours, which may grow. */
    CleanedStop stop(SectionDraft before, SectionDraft after) {
        Fix enter = before.end;
        Fix exit = after.start;
        double distance = exit.distanceTo(enter);
        if (distance <= SectionSegmentation.STOP_RADIUS) {
            return new CleanedStop(enter, exit, distance, exit.ts() - enter.ts());
        }
        double negativeSeconds = enter.ts() - exit.ts();
        if (nextGrows(before, after)) {
            after.start = enter;
            after.growBy(distance, negativeSeconds);
            return new CleanedStop(enter, enter, 0, 0);
        }
        before.end = exit;
        before.growBy(distance, negativeSeconds);
        return new CleanedStop(exit, exit, 0, 0);
    }

    private boolean nextGrows(SectionDraft before, SectionDraft after) {
        boolean vehicleBefore = before.sensedMode.isVehicle();
        boolean vehicleAfter = after.sensedMode.isVehicle();
        if (vehicleBefore != vehicleAfter) {
            return vehicleAfter;
        }
        return density(before) > density(after);
    }

    private double density(SectionDraft section) {
        return track.between(section.start.ts(), section.end.ts()).size() / (section.distance + 1);
    }
}
