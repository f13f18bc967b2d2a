package dev.jvmm.image;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;

/** Extended attributes of files on this host. */
final class ExtendedAttributes {
    private ExtendedAttributes() {}

    /** Adds a file's to its node. */
    static void read(Path path, Node node) throws IOException {
        if (node.kind != Node.Kind.FILE && node.kind != Node.Kind.FOLDER) {
            return;
        }
        UserDefinedFileAttributeView view = Files.getFileAttributeView(path, UserDefinedFileAttributeView.class,
                LinkOption.NOFOLLOW_LINKS);
        if (view == null) {
            return;
        }
        for (String name : view.list()) {
            ByteBuffer value = ByteBuffer.allocate(view.size(name));
            view.read(name, value);
            node.attributes.add(new Node.Attribute("user." + name, value.array()));
        }
    }
}
