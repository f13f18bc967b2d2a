package dev.jvmm.runtime.config;

import dev.jvmm.runtime.config.Problem.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;

/** Reads a configuration file as text: bounded, strict about UTF-8, without its byte order mark. Pipes are welcome. */
final class ConfigurationText {
    /** Several times the size of the longest file that Kata ships. */
    static final int MAX_BYTES = 256 << 10;

    private ConfigurationText() {}

    /** @throws ConfigurationException when the file can not be read, is too long or is not UTF-8 */
    static String read(Path file) {
        byte[] bytes = bytes(file);
        if (startsWith(bytes, 0xFF, 0xFE) || startsWith(bytes, 0xFE, 0xFF)) {
            throw refusal(file, Position.START, "is UTF-16 text: save it as UTF-8");
        }
        int start = startsWith(bytes, 0xEF, 0xBB, 0xBF) ? 3 : 0;
        return decode(file, ByteBuffer.wrap(bytes, start, bytes.length - start));
    }

    private static byte[] bytes(Path file) {
        if (Files.isDirectory(file)) {
            throw refusal(file, Position.START, "is a directory: name the file in it");
        }
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MAX_BYTES + 1);
        } catch (IOException e) {
            throw refusal(file, Position.START, describe(e));
        }
        if (bytes.length > MAX_BYTES) {
            throw refusal(file, Position.START, "is longer than " + (MAX_BYTES >> 10)
                    + " KiB, which no configuration.toml is: name the right file");
        }
        return bytes;
    }

    static String describe(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "there is no such file";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied: make it readable for " + System.getProperty("user.name");
        }
        return "can not be read: " + e.getMessage();
    }

    private static boolean startsWith(byte[] bytes, int... mark) {
        if (bytes.length < mark.length) {
            return false;
        }
        for (int i = 0; i < mark.length; i++) {
            if ((bytes[i] & 0xFF) != mark[i]) {
                return false;
            }
        }
        return true;
    }

    private static String decode(Path file, ByteBuffer bytes) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CharBuffer text = CharBuffer.allocate(bytes.remaining());
        CoderResult result = decoder.decode(bytes, text, true);
        text.flip();
        if (result.isError()) {
            String wrong = Integer.toHexString(bytes.get(bytes.position()) & 0xFF);
            throw refusal(file, end(text), "the byte 0x" + wrong + " here is not UTF-8: save the file as UTF-8");
        }
        return text.toString();
    }

    private static Position end(CharBuffer text) {
        int line = 1;
        int column = 1;
        for (int i = 0; i < text.length(); i++) {
            boolean newline = text.charAt(i) == '\n';
            line += newline ? 1 : 0;
            column = newline ? 1 : column + 1;
        }
        return new Position(line, column);
    }

    private static ConfigurationException refusal(Path file, Position position, String message) {
        return new ConfigurationException(file, List.of(new Problem(Severity.ERROR, position, "", message)));
    }
}
