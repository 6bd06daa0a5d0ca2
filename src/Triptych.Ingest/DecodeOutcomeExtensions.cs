namespace Triptych.Ingest;

/// <summary>Refusing many items without wording each of them.</summary>
internal static class DecodeOutcomeExtensions
{
    /// <summary>Whether a reason has its first detail, so that no further one need be worded.</summary>
    public static bool Knows(this DecodeOutcome outcome, string reason)
    {
        foreach (var refusal in outcome.Refusals)
        {
            if (refusal.Reason == reason) return true;
        }

        return false;
    }
}
