package org.pgkeep.service;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.filter.ThresholdFilter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.pgkeep.failure.Failure;
import org.pgkeep.service.home.PrivateFile;
import org.slf4j.LoggerFactory;

/** Writes what the service does to {@code service.log} in its home, 16 MiB at most four times. */
final class ServiceLog implements AutoCloseable {
    private static final String PATTERN =
            "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX} %-5level [%thread] %logger{0}: %msg%n";

    private static final int OLD_FILES = 3;
    private static final String FILE_BYTES_MAX = "16MB";

    private final Logger root;
    private final List<Appender<ILoggingEvent>> appenders = new ArrayList<>();

    private ServiceLog(Logger root) {
        this.root = root;
    }

    /**
     * Begins to write.
     *
     * @param console whether warnings go to standard error too
     * @throws Failure {@code NOT_WRITABLE}
     */
    static ServiceLog open(Path file, boolean console) {
        PrivateFile.make(file);
        if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
            throw new IllegalStateException("another logger than logback is on the class path");
        }
        ServiceLog log = new ServiceLog(context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME));
        log.add(rolling(context, file), context);
        if (console) {
            ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
            appender.setTarget("System.err");
            ThresholdFilter filter = new ThresholdFilter();
            filter.setLevel(Level.WARN.levelStr);
            filter.start();
            appender.addFilter(filter);
            log.add(appender, context);
        }
        context.getLogger("org.pgkeep").setLevel(Level.INFO);
        return log;
    }

    private static RollingFileAppender<ILoggingEvent> rolling(LoggerContext context, Path file) {
        RollingFileAppender<ILoggingEvent> appender = new RollingFileAppender<>();
        appender.setFile(file.toString());
        FixedWindowRollingPolicy names = new FixedWindowRollingPolicy();
        names.setContext(context);
        names.setParent(appender);
        names.setFileNamePattern(file + ".%i");
        names.setMinIndex(1);
        names.setMaxIndex(OLD_FILES);
        names.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> size = new SizeBasedTriggeringPolicy<>();
        size.setContext(context);
        size.setMaxFileSize(FileSize.valueOf(FILE_BYTES_MAX));
        size.start();
        appender.setRollingPolicy(names);
        appender.setTriggeringPolicy(size);
        return appender;
    }

    private void add(OutputStreamAppender<ILoggingEvent> appender, LoggerContext context) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(PATTERN);
        encoder.start();
        appender.setContext(context);
        appender.setEncoder(encoder);
        appender.start();
        root.addAppender(appender);
        appenders.add(appender);
    }

    @Override
    public void close() {
        for (Appender<ILoggingEvent> each : appenders) {
            root.detachAppender(each);
            each.stop();
        }
    }
}
