namespace Triptych.Model;

/// <summary>
/// Whose data it is. Part of every contract; the name that a client gives in <c>X-Scope-OrgID</c>. Paths and keys in the store
/// never contain it (they use the catalog's internal number), so its characters only have to be printable.
/// </summary>
public readonly record struct TenantId(string Name)
{
    /// <summary>The longest name that is accepted, in characters (the limit of the systems that use the same header).</summary>
    public const int MaxLength = 150;

    /// <summary>The tenant of a request that names none.</summary>
    public static readonly TenantId Default = new("default");

    /// <summary>Checks a name that comes from outside: letters, digits and <c>! - _ . * ' ( )</c>, not "." or "..".</summary>
    public static bool TryParse(string? name, out TenantId tenant)
    {
        tenant = Default;
        if (string.IsNullOrEmpty(name)) return false;
        if (name.Length > MaxLength || name is "." or "..") return false;
        foreach (var c in name)
        {
            if (!char.IsAsciiLetterOrDigit(c) && !"!-_.*'()".Contains(c, StringComparison.Ordinal)) return false;
        }

        tenant = new TenantId(name);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
