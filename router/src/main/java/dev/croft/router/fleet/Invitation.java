package dev.croft.router.fleet;

import dev.croft.router.RouterException;
import java.net.URI;
import java.util.regex.Pattern;

/**
 * What an operator carries to the machine of a router that is to join: whoever has it can join once, within a day.
 *
 * @param router that invited, the first one
 * @param trust PEM certificates that its certificate is signed by
 * @param name of the router that joins
 * @param secret base64url
 */
public record Invitation(URI router, String trust, String name, String secret) {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,23}");

    public Invitation {
        checkName(name);
    }

    /** @throws RouterException.Invalid when a router cannot be called so */
    public static String checkName(String name) {
        if (name == null || !NAME.matcher(name).matches()) {
            throw new RouterException.Invalid("a router's name has 1 to 24 small letters, digits and dashes");
        }
        return name;
    }

    @Override
    public String toString() {
        return "Invitation[" + name + "]";
    }
}
