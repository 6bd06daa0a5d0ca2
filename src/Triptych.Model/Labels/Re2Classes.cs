namespace Triptych.Model.Labels;

/// <summary>RE2's named character classes, which are ASCII, as the inside of a .NET class.</summary>
internal static class Re2Classes
{
    public static string Perl(char name) => name switch
    {
        'd' => "0-9",
        'w' => "0-9A-Za-z_",
        _ => @"\t\n\f\r ",
    };

    public static string NotPerl(char name) => name switch
    {
        'D' => @"\u0000-/:-\uffff",
        'W' => @"\u0000-/:-@\[-\^`{-\uffff",
        _ => @"\u0000-\u0008\u000b\u000e-\u001f!-\uffff",
    };

    /// <summary>The inside of <c>[:name:]</c>, null where there is none of that name.</summary>
    public static string? Posix(string name) => name switch
    {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => @"\u0000-\u007f",
        "blank" => @"\t ",
        "cntrl" => @"\u0000-\u001f\u007f",
        "digit" => "0-9",
        "graph" => "!-~",
        "lower" => "a-z",
        "print" => " -~",
        "punct" => @"!-/:-@\[-`{-~",
        "space" => @"\t\n\v\f\r ",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z_",
        "xdigit" => "0-9A-Fa-f",
        _ => null,
    };

    /// <summary>True for a Unicode general category such as L or Lu, which both engines know by the same name.</summary>
    public static bool IsGeneralCategory(string name) => name is "L" or "Lu" or "Ll" or "Lt" or "Lm" or "Lo" or "M" or "Mn" or "Mc" or "Me"
        or "N" or "Nd" or "Nl" or "No" or "P" or "Pc" or "Pd" or "Ps" or "Pe" or "Pi" or "Pf" or "Po" or "S" or "Sm" or "Sc" or "Sk" or "So"
        or "Z" or "Zs" or "Zl" or "Zp" or "C" or "Cc" or "Cf" or "Co";
}
