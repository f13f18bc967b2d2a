package dev.jvmm.agent;

import com.google.protobuf.ByteString;
import dev.jvmm.agent.protocol.AgentProto.CopyFileRequest;
import dev.jvmm.agent.protocol.GuestProto;
import dev.jvmm.agent.protocol.GuestProto.FileInfo;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/**
 * Copies files and folders into a guest and out of it. The guest is not trusted: a name with a slash in it, or a dot or two, ends the
 * copy, so that nothing lands outside of the target; symbolic links are made anew, and never followed on this side.
 */
public final class GuestFiles {
    private static final int PIECE = 128 << 10;
    private static final int TYPE = 0170000;
    private static final int FOLDER = 0040000;
    private static final int FILE = 0100000;
    private static final int LINK = 0120000;
    private static final int PERMISSIONS = 07777;

    private final Agent agent;

    /** Over a connection that goes on being its owner's. */
    public GuestFiles(Agent agent) {
        this.agent = agent;
    }

    /** What a file is. @param follow whether a symbolic link stands for its target */
    public FileInfo stat(String path, boolean follow) throws IOException {
        return agent.ask(Agent.GUEST, "StatFile",
                GuestProto.StatFileRequest.newBuilder().setPath(path).setFollow(follow).build(), FileInfo.parser());
    }

    /**
     * Copies a file or folder into the guest, where it is root's.
     *
     * @param to an absolute path; where that is a folder, the copy goes into it
     */
    public void copyIn(Path from, String to) throws IOException {
        String target = trimmed(to);
        if (isFolder(target)) {
            target = below(target, from.toAbsolutePath().normalize().getFileName().toString());
        }
        copyTreeIn(from, target);
    }

    private static String trimmed(String path) {
        String trimmed = path;
        while (trimmed.length() > 1 && trimmed.endsWith("/")) {
            trimmed = trimmed.substring(0, trimmed.length() - 1);
        }
        return trimmed;
    }

    private static String below(String folder, String name) {
        return folder.equals("/") ? "/" + name : folder + "/" + name;
    }

    private boolean isFolder(String path) throws IOException {
        try {
            return (stat(path, true).getMode() & TYPE) == FOLDER;
        } catch (AgentException e) {
            if (e.code() == AgentException.NOT_FOUND) {
                return false;
            }
            throw e;
        }
    }

    private void copyTreeIn(Path from, String to) throws IOException {
        int mode = (Integer) Files.getAttribute(from, "unix:mode", LinkOption.NOFOLLOW_LINKS);
        CopyFileRequest.Builder request = CopyFileRequest.newBuilder().setPath(to).setFileMode(mode).setDirMode(0755);
        switch (mode & TYPE) {
            case LINK ->
                send(request.setData(ByteString.copyFromUtf8(Files.readSymbolicLink(from).toString())).build());
            case FOLDER -> {
                send(request.build());
                try (DirectoryStream<Path> inside = Files.newDirectoryStream(from)) {
                    for (Path path : inside) {
                        copyTreeIn(path, below(to, path.getFileName().toString()));
                    }
                }
            }
            case FILE -> copyFileIn(from, request);
            default -> throw new IOException(from + " is neither a file nor a folder nor a symbolic link");
        }
    }

    private void send(CopyFileRequest request) throws IOException {
        agent.tell(Agent.KATA, "CopyFile", request);
    }

    /** Reads the next piece while the last is on its way. */
    private void copyFileIn(Path from, CopyFileRequest.Builder request) throws IOException {
        long size = Files.size(from);
        request.setFileSize(size);
        CompletableFuture<Void> before = CompletableFuture.completedFuture(null);
        try (InputStream in = Files.newInputStream(from)) {
            long at = 0;
            do {
                byte[] piece = in.readNBytes((int) Math.min(PIECE, size - at));
                if (piece.length == 0 && at < size) {
                    throw new IOException(from + " became shorter while it was copied");
                }
                Answers.await(before);
                before = agent.send(Agent.KATA, "CopyFile",
                        request.setOffset(at).setData(ByteString.copyFrom(piece)).build());
                at += piece.length;
            } while (at < size);
            Answers.await(before);
        }
    }

    /**
     * Copies a file or folder out of the guest, where it is this process's user's.
     *
     * @param to where that is a folder, the copy goes into it
     */
    public void copyOut(String from, Path to) throws IOException {
        FileInfo info = stat(trimmed(from), false);
        Path target = Files.isDirectory(to) && !info.getName().isEmpty() ? to.resolve(checked(info.getName())) : to;
        copyTreeOut(trimmed(from), info, target);
    }

    private static String checked(String name) throws IOException {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.indexOf('/') >= 0
                || name.indexOf('\0') >= 0) {
            throw new IOException("the guest names a file \"" + name + "\"");
        }
        return name;
    }

    private void copyTreeOut(String from, FileInfo info, Path to) throws IOException {
        switch (info.getMode() & TYPE) {
            case LINK -> Files.createSymbolicLink(to, Path.of(info.getTarget()));
            case FOLDER -> {
                // a link in its place would lead elsewhere
                if (!Files.isDirectory(to, LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectory(to);
                }
                copyFolderOut(from, to);
                Files.setAttribute(to, "unix:mode", info.getMode() & PERMISSIONS);
            }
            case FILE -> copyFileOut(from, info, to);
            default -> throw new IOException(from + " in the guest is neither a file nor a folder nor a symbolic link");
        }
    }

    private void copyFolderOut(String from, Path to) throws IOException {
        String after = "";
        boolean more = true;
        while (more) {
            GuestProto.ListFolderResponse part = agent.ask(Agent.GUEST, "ListFolder",
                    GuestProto.ListFolderRequest.newBuilder().setPath(from).setAfter(after).build(),
                    GuestProto.ListFolderResponse.parser());
            for (FileInfo info : part.getFilesList()) {
                after = checked(info.getName());
                copyTreeOut(below(from, after), info, to.resolve(after));
            }
            more = part.getMore() && part.getFilesCount() > 0;
        }
    }

    private void copyFileOut(String from, FileInfo info, Path to) throws IOException {
        if (Files.isSymbolicLink(to)) {
            throw new FileAlreadyExistsException(to + " is a symbolic link");
        }
        try (OutputStream out = Files.newOutputStream(to)) {
            Files.setAttribute(to, "unix:mode", info.getMode() & PERMISSIONS);
            long at = 0;
            boolean end = false;
            while (!end) {
                GuestProto.ReadFileResponse piece = agent.ask(Agent.GUEST, "ReadFile",
                        GuestProto.ReadFileRequest.newBuilder().setPath(from).setOffset(at).setLength(PIECE).build(),
                        GuestProto.ReadFileResponse.parser());
                piece.getData().writeTo(out);
                at += piece.getData().size();
                end = piece.getEnd() || piece.getData().isEmpty();
            }
        }
    }
}
