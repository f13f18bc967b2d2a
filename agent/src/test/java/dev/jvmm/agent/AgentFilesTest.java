package dev.jvmm.agent;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import dev.jvmm.agent.protocol.AgentProto;
import dev.jvmm.agent.protocol.GuestProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Files, both ways. */
class AgentFilesTest extends AgentTestBase {
    private static final int PIECE = 100_000;

    private static AgentProto.CopyFileRequest.Builder copy(Path to, int mode) {
        return AgentProto.CopyFileRequest.newBuilder().setPath(to.toString()).setFileMode(mode).setDirMode(0750);
    }

    private GuestProto.FileInfo stat(Path path, boolean follow) throws IOException {
        return agent.ask(Agent.GUEST, "StatFile",
                GuestProto.StatFileRequest.newBuilder().setPath(path.toString()).setFollow(follow).build(),
                GuestProto.FileInfo.parser());
    }

    @Test
    void aFileGoesInPieceByPieceAndComesBack() throws IOException {
        byte[] bytes = new byte[950_001];
        new Random(1).nextBytes(bytes);
        Path to = folder.resolve("new/folder/file");
        for (int at = 0; at < bytes.length; at += PIECE) {
            kata("CopyFile", copy(to, 0100641).setFileSize(bytes.length).setOffset(at).setUid(5).setGid(6)
                    .setData(ByteString.copyFrom(bytes, at, Math.min(PIECE, bytes.length - at))).build());
            assertEquals(at + PIECE >= bytes.length, Files.exists(to));
        }
        assertArrayEquals(bytes, Files.readAllBytes(to));
        GuestProto.FileInfo info = stat(to, false);
        assertEquals(0100641, info.getMode());
        assertEquals(5, info.getUid());
        assertEquals(6, info.getGid());
        assertEquals(bytes.length, info.getSize());
        assertEquals("file", info.getName());
        assertEquals(Files.getLastModifiedTime(to).toMillis(), info.getModifiedNanos() / 1_000_000);
        var back = new ByteArrayOutputStream();
        GuestProto.ReadFileResponse piece;
        do {
            piece = agent.ask(Agent.GUEST, "ReadFile", GuestProto.ReadFileRequest.newBuilder().setPath(to.toString())
                    .setOffset(back.size()).setLength(PIECE).build(), GuestProto.ReadFileResponse.parser());
            piece.getData().writeTo(back);
        } while (!piece.getEnd());
        assertArrayEquals(bytes, back.toByteArray());
    }

    @Test
    void anEmptyFileALinkAndAFolder() throws IOException {
        Path file = folder.resolve("empty");
        kata("CopyFile", copy(file, 0100600).build());
        assertEquals(0, Files.size(file));
        Path link = folder.resolve("link");
        kata("CopyFile", copy(link, 0120777).setData(ByteString.copyFromUtf8("empty")).build());
        assertEquals(Path.of("empty"), Files.readSymbolicLink(link));
        assertEquals("empty", stat(link, false).getTarget());
        assertEquals(0100600, stat(link, true).getMode());
        Path directory = folder.resolve("directory");
        kata("CopyFile", copy(directory, 0040711).setUid(7).build());
        assertEquals(0040711, stat(directory, false).getMode());
        assertEquals(7, stat(directory, false).getUid());
    }

    @Test
    void nonsenseIsRefused() {
        Path file = folder.resolve("refused");
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CopyFile",
                copy(file, 0100600).setPath("relative").build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CopyFile",
                copy(file, 0100600).setPath("/tmp/../etc/x").build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CopyFile", copy(file, 0100600).setOffset(-1).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CopyFile", copy(file, 0100600).setFileSize(3).setOffset(3)
                .setData(ByteString.copyFromUtf8("x")).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CopyFile", copy(file, 0100600).setOffset(Long.MAX_VALUE)
                .setFileSize(5).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CopyFile", copy(file, 0020600).build());
        refused(AgentException.INVALID_ARGUMENT, Agent.KATA, "CopyFile", copy(folder, 0100600).build());
        assertFalse(Files.exists(file));
        refused(AgentException.FAILED_PRECONDITION, Agent.GUEST, "ReadFile",
                GuestProto.ReadFileRequest.newBuilder().setPath("/dev/zero").build());
        refused(AgentException.NOT_FOUND, Agent.GUEST, "ReadFile",
                GuestProto.ReadFileRequest.newBuilder().setPath("/none").build());
        refused(AgentException.NOT_FOUND, Agent.GUEST, "StatFile",
                GuestProto.StatFileRequest.newBuilder().setPath("/none").build());
        refused(AgentException.INVALID_ARGUMENT, Agent.GUEST, "StatFile",
                GuestProto.StatFileRequest.newBuilder().setPath("none").build());
        refused(AgentException.INVALID_ARGUMENT, Agent.GUEST, "ListFolder",
                GuestProto.ListFolderRequest.newBuilder().setPath("/etc/passwd").build());
    }

    @Test
    void aFolderIsListedInParts() throws IOException {
        Path directory = Files.createDirectory(folder.resolve("many"));
        List<String> expected = new ArrayList<>();
        for (int i = 100; i < 200; i++) {
            expected.add("file" + i);
            Files.createFile(directory.resolve("file" + i));
        }
        List<String> found = new ArrayList<>();
        GuestProto.ListFolderResponse part;
        do {
            part = agent.ask(Agent.GUEST, "ListFolder",
                    GuestProto.ListFolderRequest.newBuilder().setPath(directory.toString())
                            .setMost(17).setAfter(found.isEmpty() ? "" : found.getLast()).build(),
                    GuestProto.ListFolderResponse.parser());
            assertTrue(part.getFilesCount() <= 17);
            part.getFilesList().forEach(file -> found.add(file.getName()));
        } while (part.getMore());
        assertEquals(expected, found);
    }
}
