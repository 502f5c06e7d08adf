package dev.croft.router.trace;

import dev.croft.vault.api.FinishedSpan;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.sdk.common.InstrumentationLibraryInfo;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.data.EventData;
import io.opentelemetry.sdk.trace.data.LinkData;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.data.StatusData;
import java.util.List;

/** A span as OpenTelemetry's exporter takes it. */
record ExportedSpan(FinishedSpan span, Resource resource, Attributes attributes) implements SpanData {
    static final String ROUTER = "croft-router";
    static final String HOST = "croft-pm";

    private static final AttributeKey<String> SERVICE = AttributeKey.stringKey("service.name");
    private static final Resource OF_ROUTER = Resource.create(Attributes.of(SERVICE, ROUTER));
    private static final Resource OF_HOST = Resource.create(Attributes.of(SERVICE, HOST));
    private static final InstrumentationScopeInfo SCOPE = InstrumentationScopeInfo.create("dev.croft");
    private static final String STATUS = "http.response.status_code";

    static ExportedSpan of(FinishedSpan span, String service) {
        AttributesBuilder attributes = Attributes.builder();
        span.attributes().forEach((name, value) -> {
            if (name.equals(STATUS) && value.matches("[0-9]{3}")) {
                attributes.put(name, Long.parseLong(value));
            } else {
                attributes.put(name, value);
            }
        });
        return new ExportedSpan(span, service.equals(HOST) ? OF_HOST : OF_ROUTER, attributes.build());
    }

    @Override
    public String getName() {
        return span.name();
    }

    @Override
    public SpanKind getKind() {
        return switch (span.kind()) {
            case SERVER -> SpanKind.SERVER;
            case INTERNAL -> SpanKind.INTERNAL;
        };
    }

    @Override
    public SpanContext getSpanContext() {
        return SpanContext.create(span.trace(), span.span(), TraceFlags.getSampled(), TraceState.getDefault());
    }

    @Override
    public SpanContext getParentSpanContext() {
        String parent = span.parent();
        return parent == null
                ? SpanContext.getInvalid()
                : SpanContext.create(span.trace(), parent, TraceFlags.getSampled(), TraceState.getDefault());
    }

    @Override
    public StatusData getStatus() {
        return span.failed() ? StatusData.error() : StatusData.unset();
    }

    @Override
    public long getStartEpochNanos() {
        return span.began();
    }

    @Override
    public Attributes getAttributes() {
        return attributes;
    }

    @Override
    public List<EventData> getEvents() {
        return List.of();
    }

    @Override
    public List<LinkData> getLinks() {
        return List.of();
    }

    @Override
    public long getEndEpochNanos() {
        return span.ended();
    }

    @Override
    public boolean hasEnded() {
        return true;
    }

    @Override
    public int getTotalRecordedEvents() {
        return 0;
    }

    @Override
    public int getTotalRecordedLinks() {
        return 0;
    }

    @Override
    public int getTotalAttributeCount() {
        return attributes.size();
    }

    @Override
    @SuppressWarnings("deprecation") // What stands for it is asked too; exporters of other versions ask this.
    public InstrumentationLibraryInfo getInstrumentationLibraryInfo() {
        return InstrumentationLibraryInfo.create("dev.croft", null);
    }

    @Override
    public InstrumentationScopeInfo getInstrumentationScopeInfo() {
        return SCOPE;
    }

    @Override
    public Resource getResource() {
        return resource;
    }
}
