package dev.croft.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import org.slf4j.LoggerFactory;

/**
 * Logs to standard error, warnings and errors only unless {@code CROFT_LOG} names another level. As code because a host of private clouds
 * starts when someone waits for it, and the XML that says the same takes longer to read than all of its capsules take to open.
 * {@code -Dlogback.configurationFile=…} still wins.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class Logging extends ContextAwareBase implements Configurator {
    /** System property: {@code json}, or anything else for text. */
    public static final String FORMAT = "croft.log.format";

    /** System property: from which level on; else {@code CROFT_LOG} says it. */
    public static final String LEVEL = "croft.log.level";

    /** From which level on is logged here, and so in hosts of private clouds, which are not given this process's environment. */
    public static Level level() {
        return Level.toLevel(System.getProperty(LEVEL, System.getenv("CROFT_LOG")), Level.WARN);
    }

    @Override
    public ExecutionStatus configure(LoggerContext context) {
        if (System.getProperty("logback.configurationFile") != null) {
            return ExecutionStatus.INVOKE_NEXT_IF_ANY;
        }
        attach(context, "json".equals(System.getProperty(FORMAT, System.getenv("CROFT_LOG_FORMAT"))));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    /** From now on, and in every process that this one starts, one JSON object for each line. */
    public static void json() {
        System.setProperty(FORMAT, "json");
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
            context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).detachAndStopAllAppenders();
            attach(context, true);
        }
    }

    /** Whether logs are JSON. */
    public static boolean isJson() {
        return "json".equals(System.getProperty(FORMAT, System.getenv("CROFT_LOG_FORMAT")));
    }

    private static Encoder<ILoggingEvent> encoder(LoggerContext context, boolean json) {
        if (json) {
            var encoder = new JsonEncoder();
            encoder.setContext(context);
            encoder.setWithContext(false);
            encoder.setWithSequenceNumber(false);
            encoder.setWithNanoseconds(false);
            encoder.setWithMessage(false);
            encoder.setWithArguments(false);
            encoder.setWithFormattedMessage(true);
            encoder.start();
            return encoder;
        }
        var encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern("%d{HH:mm:ss.SSS} %-5level %logger{20} - %msg%n");
        encoder.start();
        return encoder;
    }

    private static void attach(LoggerContext context, boolean json) {
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setName("STDERR");
        appender.setTarget("System.err");
        appender.setEncoder(encoder(context, json));
        appender.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.setLevel(level());
        root.addAppender(appender);
    }
}
