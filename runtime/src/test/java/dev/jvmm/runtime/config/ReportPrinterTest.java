package dev.jvmm.runtime.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReportPrinterTest {
    @TempDir
    Path directory;

    private ConfigurationReport report;

    @BeforeEach
    void prepare() throws IOException {
        ConfigFiles files = new ConfigFiles(directory);
        report = ConfigurationReport.of(
                files.minimal("jvmm", "initrd = \"/nowhere/\\\"x\"", "enable_iommu = true", "colour = 1"));
    }

    @Test
    void textHasALinePerKeyThenTheProblemsThenASummary() throws IOException {
        StringBuilder out = new StringBuilder();
        ReportPrinter.text(report, out);
        String file = directory.resolve("configuration.toml").toString();
        assertEquals("""
                honoured  line 2    hypervisor.jvmm.kernel
                honoured  line 3    hypervisor.jvmm.initrd
                not yet   line 4    hypervisor.jvmm.enable_iommu
                unknown   line 5    hypervisor.jvmm.colour
                FILE:3:1: error: hypervisor.jvmm.initrd: there is no file /nowhere/"x
                FILE:5:1: warning: hypervisor.jvmm.colour: Kata knows no such key here, so it has no effect
                FILE: 1 error, backend jvmm; 2 honoured, 1 not yet supported, 1 unknown
                """, out.toString().replace(file, "FILE"));
    }

    @Test
    void jsonIsOneValidObjectWithEverything() throws IOException {
        StringBuilder out = new StringBuilder();
        ReportPrinter.json(report, out);
        StringBuilder words = new StringBuilder();
        try (JsonParser parser = new JsonFactory().createParser(out.toString())) {
            while (parser.nextToken() != null) {
                words.append(parser.getText()).append(' ');
            }
        }
        String all = words.toString();
        assertTrue(all.startsWith("{ file " + directory), all);
        assertTrue(all.contains("backend jvmm ok false keys [ "), all);
        assertTrue(all.contains("key enable_iommu line 4 status not_yet missed true"), all);
        assertTrue(all.contains("key colour line 5 status unknown"), all);
        assertTrue(all.contains(
                "severity error line 3 column 1 key hypervisor.jvmm.initrd message there is no file /nowhere/\"x"),
                all);
    }

    @Test
    void aFileWithoutABackendStillMakesAReport() throws IOException {
        ConfigurationReport none = ConfigurationReport.of(directory.resolve("none.toml"));
        StringBuilder out = new StringBuilder();
        ReportPrinter.text(none, out);
        assertEquals(2, out.toString().lines().count());
        assertEquals(1, ReportPrinter.exitStatus(none));
        StringBuilder json = new StringBuilder();
        ReportPrinter.json(none, json);
        assertTrue(json.toString().contains("\"backend\" : null"), json::toString);
    }
}
