namespace Triptych.Api.Admin;

/// <summary>What the program says about itself when asked whether it can answer.</summary>
public sealed class Readiness
{
    private readonly List<Func<string?>> _checks = [];
    private volatile bool _stopping;

    /// <summary>Adds a part; it returns null when its answers are complete, else why not.</summary>
    public void Add(Func<string?> check) => _checks.Add(check);

    /// <summary>From now on the program is stopping.</summary>
    public void BeginStop() => _stopping = true;

    /// <summary>Whether the program is stopping.</summary>
    public bool IsStopping => _stopping;

    /// <summary>Null when every answer is complete, else what is missing.</summary>
    public string? Problem()
    {
        if (_stopping) return "stopping";
        foreach (var check in _checks)
        {
            if (check() is { } problem) return problem;
        }

        return null;
    }
}
