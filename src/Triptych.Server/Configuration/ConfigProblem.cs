namespace Triptych.Server.Configuration;

/// <summary>Something in a configuration that cannot stand. Line and column are 1-based; 0 where the value comes from elsewhere (the environment).</summary>
public sealed record ConfigProblem(string Source, int Line, int Column, string Message)
{
    /// <summary>Whether it is the host that lacks something, such as a file that is named, and not the configuration that is wrong.</summary>
    public bool IsOfHost { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Line > 0 ? $"{Source}:{Line}:{Column}: {Message}" : $"{Source}: {Message}";
}
